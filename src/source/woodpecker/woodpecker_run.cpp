#include "source/woodpecker/woodpecker_run.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::woodpecker {
namespace {

using hook::moment_at;
using hook::Phase;

hook::State state_of_word(const std::string& word, std::vector<std::string>& notes) {
  const auto state = hook::state_of(word);
  if (!state) notes.push_back("unknown status '" + word + "'");
  return state.value_or(hook::State{Phase::ended, Results::exception});
}

// A workflow; its failed steps are what is said of it.
hook::Job job_of(const json::object& workflow, std::vector<std::string>& notes) {
  hook::Job job;
  if (const auto id = integer_at(workflow, "id")) job.id = std::to_string(*id);
  job.name = text_at(workflow, "name");
  job.state = state_of_word(text_at(workflow, "state"), notes);
  job.started = moment_at(workflow, "started");
  job.ended = moment_at(workflow, "finished");
  std::vector<std::string> failed;
  for (const json::object* step : objects_at(workflow, "children")) {
    if (text_at(*step, "state") == "failure") failed.push_back(text_at(*step, "name"));
  }
  job.said = failed.empty() ? text_at(workflow, "error") : "failed: " + joined(failed, ", ");
  return job;
}

void read_ref(hook::Run& run, const json::object& pipeline) {
  constexpr std::string_view tags = "refs/tags/";
  constexpr std::string_view pulls = "refs/pull/";
  constexpr std::string_view merges = "refs/merge-requests/";
  const std::string ref = text_at(pipeline, "ref");
  run.branch = ref.starts_with(tags) ? ref : text_at(pipeline, "branch");
  const bool of_pull_request = run.event.starts_with("pull_request");
  const std::string_view begin = ref.starts_with(merges) ? merges : pulls;
  if (!of_pull_request) return;
  // Its branch is the one that it shall go into.
  run.base_branch = text_at(pipeline, "branch");
  const json::value* fork = pipeline.if_contains("from_fork");
  run.from_fork = fork == nullptr || !fork->is_bool() || fork->get_bool();
  run.branch = "unknown:" + run.base_branch;
  if (!ref.starts_with(begin)) return;
  const std::string rest = ref.substr(begin.size());
  const std::string number = rest.substr(0, rest.find('/'));
  if (!is_digits(number) || number.size() > 15) return;
  run.pull_request = std::stoll(number);
  run.branch = std::string(begin) + number + "/head";
  run.pull_request_url = text_at(pipeline, "forge_url");
}

}  // namespace

Result<hook::Run> run_of(const json::object& pipeline, const json::object& repository, const std::string& url,
                         std::vector<std::string>& notes) {
  const auto number = hook::need_integer(pipeline, "number");
  const auto status = hook::need_text(pipeline, "status");
  const auto of = hook::need_integer(repository, "id");
  const auto project = hook::need_text(repository, "full_name");
  if (!number) return failed(number.error());
  if (!status) return failed(status.error());
  if (!of) return failed(of.error());
  if (!project) return failed(project.error());
  hook::Run made;
  made.state = state_of_word(*status, notes);
  made.attempt = std::max<std::int64_t>(integer_at(pipeline, "rerun_count").value_or(0), 0) + 1;
  made.id =
      "pipeline-" + std::to_string(*of) + "-" + std::to_string(*number) + "." + std::to_string(made.attempt);
  made.number = *number;
  made.numeric_id = integer_at(pipeline, "id");
  made.project = *project;
  made.submitted = moment_at(pipeline, "created");
  made.started = moment_at(pipeline, "started");
  made.ended = moment_at(pipeline, "finished");
  made.url = url + "repos/" + std::to_string(*of) + "/pipeline/" + std::to_string(*number);
  made.repository = text_at(repository, "clone_url");
  made.revision = text_at(pipeline, "commit");
  made.event = text_at(pipeline, "event");
  read_ref(made, pipeline);
  made.commit.revision = made.revision;
  made.commit.author = text_at(pipeline, "author");
  made.commit.mail = text_at(pipeline, "author_email");
  made.commit.message = text_at(pipeline, "message");
  made.commit.when = moment_at(pipeline, "timestamp");
  made.owner = hook::first_text(pipeline, {"sender", "author"});
  made.reason = text_at(pipeline, "title");
  for (const json::object* error : objects_at(pipeline, "errors")) {
    const json::value* warning = error->if_contains("is_warning");
    const bool mild = warning != nullptr && warning->is_bool() && warning->get_bool();
    if (made.said.empty() && !mild) made.said = text_at(*error, "message");
  }
  for (const json::object* workflow : objects_at(pipeline, "workflows"))
    made.jobs.push_back(job_of(*workflow, notes));
  made.properties.emplace_back("woodpecker_repo_id", *of);
  if (made.numeric_id) made.properties.emplace_back("woodpecker_pipeline_id", *made.numeric_id);
  return made;
}

}  // namespace carillon::source::woodpecker
