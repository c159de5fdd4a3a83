#include "source/teamcity/teamcity_run.hpp"

#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::teamcity {
namespace {

using hook::moment_at;
using hook::Phase;

constexpr std::size_t most_digits = 15;

std::optional<std::int64_t> digits_of(std::string_view text) {
  if (!is_digits(text) || text.size() > most_digits) return std::nullopt;
  return std::stoll(std::string(text));
}

// 5535, of "5535 - CL 123456". A version as "1.0.26" is no number.
std::optional<std::int64_t> leading_number(std::string_view text) {
  return digits_of(text.substr(0, text.find_first_of(" \t")));
}

// Whole numbers, as numbers or as texts.
std::optional<std::int64_t> number_at(const json::object& object, std::string_view path) {
  if (const auto number = integer_at(object, path)) return number;
  return digits_of(text_at(object, path));
}

// Of builds with and without an id. build_type: where its definition's is.
Result<void> name_run(hook::Run& run, const json::object& build, std::string_view id_path,
                      std::string_view type_path, std::string_view number_path) {
  const auto id = number_at(build, id_path);
  const std::string type = text_at(build, type_path);
  std::string text = text_at(build, number_path);
  if (const auto whole = integer_at(build, number_path)) text = std::to_string(*whole);
  const auto number = leading_number(text);
  if (!id && type.empty())
    return rejected(std::string(id_path) + ": missing, and " + std::string(type_path) + ", too");
  if (!id && !number)
    return rejected(std::string(number_path) + ": must begin with digits where " + std::string(id_path) +
                    " is missing");
  run.id = "build-" + (id ? std::to_string(*id) : hook::key_part(type) + "-" + std::to_string(*number));
  run.numeric_id = id;
  // What people call it is in the properties, where it is no number.
  run.number = number ? *number : *id;
  if (!text.empty()) run.properties.emplace_back("teamcity_number", json::value(text));
  if (id) run.properties.emplace_back("teamcity_build_id", *id);
  if (!type.empty()) run.properties.emplace_back("teamcity_build_type", json::value(type));
  return ok();
}

// "refs/heads/main", "refs/pull/7/head", "pull/7", "main".
void read_branch_name(hook::Run& run, std::string name) {
  constexpr std::string_view heads = "refs/heads/";
  if (name == "<default>") name.clear();
  if (name.starts_with(heads)) name.erase(0, heads.size());
  run.branch = name;
  for (const std::string_view begin : {"refs/pull/", "pull/", "refs/merge-requests/", "merge-requests/"}) {
    if (!name.starts_with(begin)) continue;
    const std::string rest = name.substr(begin.size());
    run.pull_request = digits_of(rest.substr(0, rest.find('/')));
    if (!run.pull_request) continue;
    const bool merge = begin.find("merge") != std::string_view::npos;
    run.branch = std::string(merge ? "refs/merge-requests/" : "refs/pull/") +
                 std::to_string(*run.pull_request) + "/head";
    // Nothing is said of where it is from.
    run.from_fork = true;
    break;
  }
}

void read_revision(hook::Run& run, const json::object& build) {
  const auto revisions = objects_at(build, "revisions.revision");
  std::string branch = text_at(build, "branchName");
  if (!revisions.empty()) {
    run.revision = text_at(*revisions.front(), "version");
    if (const std::string vcs = text_at(*revisions.front(), "vcsBranchName"); !vcs.empty()) branch = vcs;
    const std::string root = text_at(*revisions.front(), "vcs-root-instance.name");
    if (root.starts_with("http")) run.repository = root.substr(0, root.find('#'));
  }
  read_branch_name(run, std::move(branch));
}

hook::State state_of_end(std::string_view word, std::vector<std::string>& notes) {
  const auto state = hook::state_of(word);
  if (state && state->phase == Phase::ended) return *state;
  notes.push_back("unknown status '" + std::string(word) + "'");
  return {Phase::ended, Results::exception};
}

}  // namespace

std::string_view fields() {
  return "id,buildTypeId,number,status,state,branchName,defaultBranch,webUrl,statusText,queuedDate,startDate,"
         "finishDate,canceledInfo(user(username)),buildType(id,name,projectName),triggered(type,user("
         "username)),"
         "revisions(revision(version,vcsBranchName,vcs-root-instance(name))),"
         "testOccurrences(count,passed,failed,ignored),agent(name)";
}

Result<hook::Run> run_of(const json::object& build, std::vector<std::string>& notes) {
  hook::Run made;
  if (auto named = name_run(made, build, "id", "buildTypeId", "number"); !named) return failed(named.error());
  const std::string state = text_at(build, "state");
  if (object_at(build, "canceledInfo") != nullptr) {
    made.state = {Phase::ended, Results::cancelled};
  } else if (state == "queued") {
    made.state.phase = Phase::waits;
  } else if (state == "running") {
    made.state.phase = Phase::runs;
  } else {
    made.state = state_of_end(text_at(build, "status"), notes);
  }
  made.project = text_at(build, "buildType.projectName");
  made.pipeline = hook::first_text(build, {"buildType.name", "buildTypeId"});
  made.said = text_at(build, "statusText");
  made.submitted = moment_at(build, "queuedDate");
  made.started = moment_at(build, "startDate");
  made.ended = moment_at(build, "finishDate");
  made.url = text_at(build, "webUrl");
  read_revision(made, build);
  made.event = text_at(build, "triggered.type");
  made.owner = hook::first_text(build, {"triggered.user.username", "canceledInfo.user.username"});
  made.worker = text_at(build, "agent.name");
  if (const auto total = integer_at(build, "testOccurrences.count")) {
    hook::Tests tests;
    tests.total = *total;
    tests.passed = integer_at(build, "testOccurrences.passed").value_or(0);
    tests.failed = integer_at(build, "testOccurrences.failed").value_or(0);
    tests.skipped = integer_at(build, "testOccurrences.ignored").value_or(0);
    made.tests = tests;
  }
  return made;
}

Result<hook::Run> plugin_run_of(const json::object& build, std::vector<std::string>& notes) {
  hook::Run made;
  if (auto named = name_run(made, build, "buildId", "buildTypeId", "buildNumber"); !named)
    return failed(named.error());
  const std::string type = text_at(build, "notifyType");
  if (type == "buildInterrupted") {
    made.state = {Phase::ended, Results::cancelled};
  } else if (type == "buildAddedToQueue") {
    made.state.phase = Phase::waits;
  } else if (type == "buildStarted") {
    made.state.phase = Phase::runs;
  } else {
    made.state = state_of_end(text_at(build, "buildResult"), notes);
  }
  made.project = text_at(build, "projectName");
  made.pipeline = hook::first_text(build, {"buildName", "buildTypeId"});
  made.said = text_at(build, "buildStatus");
  made.url = text_at(build, "buildStatusUrl");
  read_branch_name(made, hook::first_text(build, {"branchName", "branchDisplayName"}));
  made.worker = text_at(build, "agentName");
  made.reason = text_at(build, "triggeredBy");
  return made;
}

}  // namespace carillon::source::teamcity
