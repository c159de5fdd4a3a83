#include "source/jenkins/jenkins_run.hpp"

#include <algorithm>

#include "source/hook/moments.hpp"

namespace carillon::source::jenkins {
namespace {

using hook::moment_at;
using hook::Phase;

void read_commit_of(hook::Run& run, const json::object& item) {
  run.commit.revision = text_at(item, "commitId");
  run.commit.author = text_at(item, "author.fullName");
  run.commit.mail = text_at(item, "authorEmail");
  run.commit.message = text_at(item, "msg");
  run.commit.when = moment_at(item, "timestamp");
}

// The changes since the build before.
std::vector<const json::object*> changes_in(const json::object& build) {
  std::vector<const json::object*> changes = objects_at(build, "changeSet.items");
  for (const json::object* set : objects_at(build, "changeSets")) {
    const auto items = objects_at(*set, "items");
    changes.insert(changes.end(), items.begin(), items.end());
  }
  return changes;
}

// A pipeline may have checked out several repositories: that of its changes is meant, else the first.
void read_revision(hook::Run& run, const json::object& build) {
  const auto changes = changes_in(build);
  const json::object* chosen = nullptr;
  for (const json::object* action : objects_at(build, "actions")) {
    const std::string revision = text_at(*action, "lastBuiltRevision.SHA1");
    if (revision.empty()) continue;
    const bool changed = std::ranges::any_of(
        changes, [&](const json::object* change) { return text_at(*change, "commitId") == revision; });
    if (chosen == nullptr || changed) chosen = action;
    if (changed) break;
  }
  if (chosen != nullptr) {
    run.revision = text_at(*chosen, "lastBuiltRevision.SHA1");
    const auto remotes = texts_at(*chosen, "remoteUrls", 1);
    if (!remotes.empty()) run.repository = clone_address(remotes.front());
    for (const json::object* branch : objects_at(*chosen, "lastBuiltRevision.branch")) {
      if (run.branch.empty() || run.pull_request) read_branch(run, text_at(*branch, "name"));
    }
  }
  if (changes.empty()) return;
  const auto head = std::ranges::find_if(
      changes, [&](const json::object* change) { return text_at(*change, "commitId") == run.revision; });
  read_commit_of(run, head == changes.end() ? *changes.back() : **head);
}

void read_action(hook::Run& run, const Settings& settings, const json::object& action) {
  for (const json::object* cause : objects_at(action, "causes"))
    read_cause(run, text_at(*cause, "shortDescription"), text_at(*cause, "userId"));
  for (const json::object* parameter : objects_at(action, "parameters")) {
    if (const json::value* value = parameter->if_contains("value"))
      keep_parameter(run, settings, text_at(*parameter, "name"), *value);
  }
  if (const auto total = integer_at(action, "totalCount"); total && !run.tests) {
    hook::Tests tests;
    tests.total = *total;
    tests.failed = integer_at(action, "failCount").value_or(0);
    tests.skipped = integer_at(action, "skipCount").value_or(0);
    tests.passed = std::max<std::int64_t>(0, tests.total - tests.failed - tests.skipped);
    run.tests = std::move(tests);
  }
}

void add_failed(const json::object& report, std::vector<std::string>& names) {
  for (const json::object* suite : objects_at(report, "suites")) {
    for (const json::object* one : objects_at(*suite, "cases")) {
      const std::string status = text_at(*one, "status");
      if ((status != "FAILED" && status != "REGRESSION") || names.size() >= most_names) continue;
      const std::string of_class = text_at(*one, "className");
      names.push_back((of_class.empty() ? "" : of_class + ".") + text_at(*one, "name"));
    }
  }
}

}  // namespace

Result<hook::Run> run_of_build(const Settings& settings, const std::string& job, const json::object& build,
                               Notes& notes) {
  const auto number = need_number(build, "number");
  if (!number) return failed(number.error());
  hook::Run run = begin_run(settings, {job, *number, queue_of(build)});
  run.started = moment_at(build, "timestamp");
  run.submitted = run.started;
  const json::value* building = build.if_contains("building");
  const std::string result = text_at(build, "result");
  if ((building != nullptr && building->is_bool() && building->get_bool()) || result.empty()) {
    run.state = {Phase::runs};
  } else {
    set_result(run, result, notes);
    if (const auto duration = integer_at(build, "duration"); run.started && duration && *duration >= 0)
      run.ended = (integer_at(build, "timestamp").value_or(*run.started * 1000) + *duration) / 1000;
  }
  for (const json::object* action : objects_at(build, "actions"))
    read_action(run, settings, *action);
  read_revision(run, build);
  std::vector<std::string> culprits;
  for (const json::object* culprit : objects_at(build, "culprits"))
    culprits.push_back(text_at(*culprit, "fullName"));
  set_culprits(run, culprits);
  read_queue(run, build, "displayName");
  finish(run, settings, {});
  return run;
}

void fill_in(hook::Run& run, const hook::Run& known) {
  const auto text = [](std::string& to, const std::string& from) {
    if (to.empty()) to = from;
  };
  text(run.reason, known.reason);
  text(run.owner, known.owner);
  text(run.event, known.event);
  text(run.repository, known.repository);
  text(run.revision, known.revision);
  text(run.branch, known.branch);
  text(run.head_branch, known.head_branch);
  if (!run.started) run.started = known.started;
  if (!run.submitted) run.submitted = known.submitted;
  if (!run.tests) run.tests = known.tests;
  text(run.said, known.said);
  if (run.commit.message.empty() && !known.commit.message.empty()) {
    const auto files = std::move(run.commit.files);
    run.commit = known.commit;
    run.commit.files = files;
  }
  for (const auto& property : known.properties) {
    if (std::ranges::find(run.properties, property.first, &std::pair<std::string, json::value>::first) ==
        run.properties.end())
      run.properties.push_back(property);
  }
}

void rename(hook::Run& run, const hook::Run& known) {
  run.id = known.id;
  run.posted_as = known.posted_as;
  run.numeric_id = known.numeric_id;
  for (hook::Job& job : run.jobs) {
    job.id = std::to_string(run.numeric_id.value_or(0));
    job.whole_run = run.id;
  }
}

std::vector<std::string> failed_tests(const json::object& report) {
  std::vector<std::string> names;
  add_failed(report, names);
  for (const json::object* child : objects_at(report, "childReports")) {
    if (const json::object* result = object_at(*child, "result")) add_failed(*result, names);
  }
  return names;
}

}  // namespace carillon::source::jenkins
