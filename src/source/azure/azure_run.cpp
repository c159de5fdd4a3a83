#include "source/azure/azure_run.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::azure {
namespace {

using hook::moment_at;
using hook::Phase;

constexpr std::size_t most_digits = 15;

std::string azure_id(std::int64_t id) {
  return "run-" + std::to_string(id);
}

hook::State state_of_word(const std::string& word, std::vector<std::string>& notes) {
  const auto state = hook::state_of(word);
  if (!state) notes.push_back("unknown result '" + word + "'");
  return state.value_or(hook::State{Phase::ended, Results::exception});
}

// `state` or `status`, and `result` of what is completed.
hook::State state_of_parts(const json::object& object, std::string_view state_path,
                           std::vector<std::string>& notes) {
  const std::string state = text_at(object, state_path);
  const std::string result = text_at(object, "result");
  if (state == "completed" || state == "Completed") return state_of_word(result, notes);
  // Of version 1.0 `status` is the result.
  return state_of_word(state.empty() ? result : state, notes);
}

// "refs/heads/main", "refs/tags/v1", "refs/pull/7/merge".
void read_source_branch(hook::Run& run, const std::string& ref) {
  constexpr std::string_view heads = "refs/heads/";
  constexpr std::string_view pulls = "refs/pull/";
  run.branch = ref.starts_with(heads) ? ref.substr(heads.size()) : ref;
  if (!ref.starts_with(pulls)) return;
  const std::string rest = ref.substr(pulls.size());
  const std::string number = rest.substr(0, rest.find('/'));
  if (!is_digits(number) || number.size() > most_digits) return;
  run.pull_request = std::stoll(number);
  run.branch = std::string(pulls) + number + "/head";
}

// "LG:refs/heads/main:600c52d2", "C1234".
void read_version(hook::Run& run, const std::string& version) {
  const auto first = version.find(':');
  const auto last = version.rfind(':');
  if (first == std::string::npos || last == first) {
    run.revision = version;
    return;
  }
  read_source_branch(run, version.substr(first + 1, last - first - 1));
  run.revision = version.substr(last + 1);
}

void end_at(hook::Run& run, std::optional<std::int64_t> moment) {
  run.ended = moment;
  // Stages that are run again end the same run again.
  if (run.state.phase == Phase::ended && moment) run.occurrence = std::to_string(*moment);
}

}  // namespace

Result<hook::Run> build_of(const json::object& build, std::vector<std::string>& notes) {
  const auto id = hook::need_integer(build, "id");
  if (!id) return failed(id.error());
  hook::Run made;
  made.state = state_of_parts(build, "status", notes);
  made.id = azure_id(*id);
  made.number = *id;
  made.numeric_id = *id;
  made.project = text_at(build, "project.name");
  made.pipeline = hook::first_text(build, {"definition.name"});
  if (made.pipeline.empty()) return rejected("definition.name: missing");
  made.submitted = moment_at(build, "queueTime");
  made.started = moment_at(build, "startTime");
  end_at(made, moment_at(build, "finishTime"));
  made.url = text_at(build, "_links.web.href");
  if (const std::string version = text_at(build, "sourceGetVersion"); !version.empty())
    read_version(made, version);
  if (const std::string ref = text_at(build, "sourceBranch"); !ref.empty()) read_source_branch(made, ref);
  if (const std::string revision = text_at(build, "sourceVersion"); !revision.empty())
    made.revision = revision;
  made.repository = text_at(build, "repository.url");
  if (made.pull_request) {
    // Whose it is stands there of GitHub's only.
    const std::string fork = text_at(build, "triggerInfo.pr.isFork");
    made.from_fork = fork != "False" && fork != "false";
    made.head_branch = text_at(build, "triggerInfo.pr.sourceBranch");
  }
  made.commit.message = text_at(build, "triggerInfo.ci.message");
  made.commit.revision = made.revision;
  made.event = text_at(build, "reason");
  made.owner = hook::first_text(build, {"requestedFor.uniqueName", "requestedFor.displayName"});
  for (const json::object* request : objects_at(build, "requests")) {
    if (made.owner.empty())
      made.owner = hook::first_text(*request, {"requestedFor.uniqueName", "requestedFor.displayName"});
  }
  made.properties.emplace_back("azure_build_id", *id);
  if (const std::string name = text_at(build, "buildNumber"); !name.empty())
    made.properties.emplace_back("azure_build_number", json::value(name));
  return made;
}

Result<hook::Run> run_of(const json::object& resource, const std::string& project,
                         std::vector<std::string>& notes) {
  const auto id = hook::need_integer(resource, "run.id");
  if (!id) return failed(id.error());
  const auto pipeline = hook::first_text(resource, {"pipeline.name", "run.pipeline.name"});
  if (pipeline.empty()) return rejected("pipeline.name: missing");
  const json::object& run = *object_at(resource, "run");
  hook::Run made;
  made.state = state_of_parts(run, "state", notes);
  made.id = azure_id(*id);
  made.number = *id;
  made.numeric_id = *id;
  made.project = project;
  made.pipeline = pipeline;
  made.submitted = moment_at(run, "createdDate");
  made.started = made.submitted;
  end_at(made, moment_at(run, "finishedDate"));
  made.url = hook::first_text(run, {"_links.web.href", "_links.pipeline.web.href"});
  made.event = "azure";
  made.properties.emplace_back("azure_build_id", *id);
  if (const std::string name = text_at(run, "name"); !name.empty())
    made.properties.emplace_back("azure_build_number", json::value(name));
  return made;
}

Result<hook::JobOfRun> part_of(const json::object& resource, const std::string& member,
                               const std::string& project, std::vector<std::string>& notes) {
  const auto run = hook::need_integer(resource, "run.id");
  const auto part = hook::need_object(resource, member);
  const auto name = hook::need_text(resource, member + ".name");
  if (!run) return failed(run.error());
  if (!part) return failed(part.error());
  if (!name) return failed(name.error());
  hook::JobOfRun made;
  made.run = azure_id(*run);
  hook::Job& job = made.job;
  const std::string id = text_at(**part, "id");
  job.id = hook::key_part(member + "-" + (id.empty() ? *name : id));
  job.name = hook::first_text(**part, {"displayName", "name"});
  if (member == "job") {
    const std::string stage = hook::first_text(resource, {"stage.displayName", "stage.name"});
    if (!stage.empty() && stage != "__default") job.name = stage + " / " + job.name;
  }
  job.state = state_of_parts(**part, "state", notes);
  job.started = moment_at(**part, "startTime");
  job.ended = moment_at(**part, "finishTime");
  hook::Run& alone = made.alone;
  alone.state = job.state;
  alone.id = made.run + "-" + job.id;
  alone.of_run = made.run;
  alone.number = *run;
  alone.project = project;
  alone.pipeline = hook::first_text(resource, {"pipeline.name", "run.pipeline.name"});
  alone.job = job.name;
  alone.attempt = std::max<std::int64_t>(integer_at(**part, "attempt").value_or(1), 1);
  alone.started = job.started;
  end_at(alone, job.ended);
  alone.url = text_at(resource, "run._links.web.href");
  return made;
}

}  // namespace carillon::source::azure
