#include "server/fixtures.hpp"

#include <algorithm>
#include <iterator>

namespace carillon::server {
namespace {

constexpr const char* build_text = R"json({
  "buildid": 20, "number": 7, "builderid": 2, "buildrequestid": 13, "workerid": 1, "masterid": 1,
  "started_at": 1700000000, "complete": false, "complete_at": null, "results": null, "state_string": "building",
  "locks_duration_s": 0,
  "url": "http://ci.example.org/#builders/2/builds/7", "workername": "example-worker",
  "builder": {"builderid": 2, "name": "example-builder", "tags": ["example"], "masterids": [1], "description": null},
  "buildrequest": {"buildrequestid": 13, "builderid": 2, "buildsetid": 9, "claimed": true, "priority": 0},
  "buildset": {"bsid": 9, "reason": "example", "results": null, "complete": false, "external_idstring": null,
    "parent_buildid": null, "parent_relationship": null, "submitted_at": 1700000000,
    "sourcestamps": [{"ssid": 4, "branch": "main", "revision": "0123456789abcdef0123456789abcdef01234567",
      "project": "example/project", "repository": "https://example.org/example/project.git", "codebase": "",
      "created_at": 1700000000,
      "patch": {"patchid": 1, "author": "pat@example.org", "body": "--- a\n+++ b\n", "comment": "", "level": 1,
        "subdir": "."}}]},
  "properties": {"buildername": ["example-builder", "Builder"], "buildnumber": [7, "Build"],
    "workername": ["example-worker", "Worker"], "branch": ["main", "Build"], "project": ["example/project", "Build"],
    "repository": ["https://example.org/example/project.git", "Build"], "codebase": ["", "Build"],
    "revision": ["0123456789abcdef0123456789abcdef01234567", "Build"],
    "got_revision": ["0123456789abcdef0123456789abcdef01234567", "Git"], "scheduler": ["example-scheduler", "Scheduler"],
    "reason": ["example", "Force Build Form"], "owner": ["alex@example.org", "Force Build Form"],
    "owners": [["alex@example.org"], "Scheduler"],
    "event.change.id": ["I8473b95934b5732ac55d26311a706c9c2bde9940", "Change"],
    "event.change.project": ["example/project", "Change"], "event.change.number": [1, "Change"],
    "event.patchSet.revision": ["0123456789abcdef0123456789abcdef01234567", "Change"],
    "event.patchSet.number": [1, "Change"]},
  "changes": [{"changeid": 3, "author": "Alex Example <alex@example.org>", "branch": "main", "comments": "an example",
    "files": ["README"], "revision": "0123456789abcdef0123456789abcdef01234567", "project": "example/project",
    "repository": "https://example.org/example/project.git", "when_timestamp": 1700000000, "properties": {},
    "category": null, "codebase": "", "parent_changeids": [], "revlink": "https://example.org/rev/0123456"}],
  "prev_build": {"buildid": 19, "number": 6, "builderid": 2, "complete": true, "results": 0,
    "state_string": "build successful", "started_at": 1699990000, "complete_at": 1699990100},
  "steps": [{"stepid": 40, "number": 0, "name": "compile", "results": 0, "complete": true, "state_string": "'make'",
    "started_at": 1700000001, "complete_at": 1700000050, "hidden": false, "urls": [], "buildid": 20,
    "logs": [{"logid": 80, "name": "stdio", "slug": "stdio", "type": "s", "complete": true, "num_lines": 2, "stepid": 40,
      "content": {"content": "ohello\no<world> & more\n", "firstline": 0, "logid": 80}}]}]
})json";

json::object example_build() {
  return json::parse(build_text).as_object();
}

const char* state_of(Results results) {
  switch (results) {
    case Results::success:
      return "build successful";
    case Results::warnings:
      return "warnings compile";
    case Results::failure:
      return "failed compile";
    case Results::skipped:
      return "build skipped";
    case Results::exception:
      return "exception compile";
    case Results::retry:
      return "retry compile";
    case Results::cancelled:
      return "build cancelled";
  }
  return "";
}

json::object finished_build(Results results) {
  json::object build = example_build();
  build["results"] = static_cast<std::int64_t>(results);
  build["complete"] = true;
  build["complete_at"] = 1700000100;
  build["state_string"] = state_of(results);
  return build;
}

Example build_example(std::string title, EventKind kind, json::object build) {
  Example example;
  example.title = std::move(title);
  example.details.kind = kind;
  example.details.source = "example";
  example.details.at = 1700000100'000;
  example.details.event_id =
      std::string("example/builds/20/") + (kind == EventKind::build_started ? "new" : "finished");
  example.details.builds.push_back(std::move(build));
  return example;
}

Example buildset_example() {
  Example example =
      build_example("a complete buildset", EventKind::buildset_complete, finished_build(Results::success));
  example.details.builds.push_back(finished_build(Results::failure));
  example.details.event_id = "example/buildsets/9/complete";
  example.details.buildset = example.details.builds.front().at("buildset").as_object();
  example.details.buildset["results"] = static_cast<std::int64_t>(Results::failure);
  example.details.buildset["complete"] = true;
  return example;
}

// The request of the example's build: it waits, or ends without a build.
Example request_example(std::string title, EventKind kind, json::value results) {
  json::object request = example_build();
  for (const char* of_a_build :
       {"buildid", "number", "started_at", "workerid", "workername", "steps", "prev_build"})
    request.erase(of_a_build);
  const bool ended = kind == EventKind::request_ended;
  request["url"] = "http://ci.example.org/#buildrequests/13";
  request["state_string"] = ended ? "ended without a build" : "waiting for a build";
  request["complete"] = ended;
  request["results"] = std::move(results);
  if (ended) request["complete_at"] = 1700000050;
  json::object& properties = request["properties"].as_object();
  for (const char* of_a_build : {"buildnumber", "workername", "got_revision"})
    properties.erase(of_a_build);
  Example example = build_example(std::move(title), kind, std::move(request));
  example.details.event_id = std::string("example/buildrequests/13/") + (ended ? "complete" : "new");
  return example;
}

Example worker_example() {
  Example example;
  example.title = "a missing worker";
  example.details.kind = EventKind::worker_missing;
  example.details.source = "example";
  example.details.event_id = "example/workers/1/missing@1";
  example.details.worker =
      json::parse(R"json({"workerid": 1, "name": "example-worker", "notify": ["admin@example.org"],
      "last_connection": "2023-11-14 22:13:20", "workerinfo": {"admin": "Alex", "host": "example"}, "connected_to": [],
      "configured_on": []})json")
          .as_object();
  return example;
}

}  // namespace

std::vector<Example> examples() {
  std::vector<Example> all;
  all.push_back(build_example("a build that starts", EventKind::build_started, example_build()));
  for (int number = 0; number <= 6; ++number) {
    const auto results = static_cast<Results>(number);
    all.push_back(build_example("a build with the result " + std::string(name(results)),
                                EventKind::build_finished, finished_build(results)));
  }
  all.push_back(request_example("a request that waits", EventKind::request_waiting, nullptr));
  all.push_back(request_example("a cancelled request", EventKind::request_ended, 6));
  all.push_back(buildset_example());
  all.push_back(worker_example());
  return all;
}

namespace {

// "7e57" reads "test".
constexpr const char* test_revision = "7e577e577e577e577e577e577e577e577e577e57";
constexpr const char* test_text = "this is a test of Carillon";
constexpr const char* test_name = "carillon-test";

void set_property(json::object& build, const char* name, json::value value) {
  build["properties"].as_object()[name] = json::array{std::move(value), "carillon test-send"};
}

void mark_as_test(json::object& build) {
  const std::string repository = std::string("https://example.org/") + test_name + "/" + test_name + ".git";
  build["state_string"] = test_text;
  build["url"] = "https://example.org/carillon-test";
  build["workername"] = test_name;
  json::object& builder = build["builder"].as_object();
  builder["name"] = test_name;
  builder["tags"] = json::array();
  json::object& buildset = build["buildset"].as_object();
  buildset["reason"] = test_text;
  json::object& stamp = buildset["sourcestamps"].as_array().front().as_object();
  stamp["revision"] = test_revision;
  stamp["project"] = std::string(test_name) + "/" + test_name;
  stamp["repository"] = json::string(repository);
  stamp["patch"] = nullptr;
  build["changes"] = json::array();
  json::object& properties = build["properties"].as_object();
  for (const char* person : {"owner", "owners"})
    properties.erase(person);
  for (const char* revision : {"revision", "got_revision", "event.patchSet.revision"})
    set_property(build, revision, test_revision);
  set_property(build, "buildername", test_name);
  set_property(build, "workername", test_name);
  set_property(build, "project", stamp.at("project"));
  set_property(build, "repository", json::string(repository));
  set_property(build, "reason", test_text);
  set_property(build, "scheduler", test_name);
  set_property(build, "event.change.id", json::string(std::string("I") + test_revision));
  set_property(build, "event.change.project", test_name);
}

}  // namespace

std::vector<Example> test_examples() {
  std::vector<Example> tests;
  std::vector<Example> others;  // a start says less than an end
  for (Example& example : examples()) {
    if (is_request(example.details.kind)) continue;
    example.details.source = test_name;
    for (std::size_t i = 0; i < example.details.builds.size(); ++i)
      mark_as_test(example.details.builds.edit(i));
    if (!example.details.buildset.empty()) {
      const json::object& of_build = example.details.builds.front().at("buildset").as_object();
      for (const char* member : {"reason", "sourcestamps"})
        example.details.buildset[member] = of_build.at(member);
    }
    if (!example.details.worker.empty()) {
      example.details.worker["name"] = test_name;
      example.details.worker["notify"] = json::array();
      example.details.worker["workerinfo"] = json::object{{"admin", test_name}, {"host", test_text}};
    }
    const bool ends = example.details.kind == EventKind::build_finished;
    (ends ? tests : others).push_back(std::move(example));
  }
  std::ranges::move(others, std::back_inserter(tests));
  return tests;
}

namespace {

using Outcome = Decision::Outcome;

// What the rule decides of the build after each kind of build before it.
std::vector<Outcome> outcomes_after_any(const rule::Rule& rule, EventKind kind, const BuildFacts& facts) {
  std::vector<Outcome> outcomes;
  for (const std::optional<Results> before :
       {std::optional<Results>(), std::optional(Results::success), std::optional(Results::failure)})
    outcomes.push_back(rule::decide_build(rule, kind, facts, before).outcome);
  return outcomes;
}

rule::Rule unfiltered(rule::Rule rule) {
  rule.filter = {};
  return rule;
}

}  // namespace

bool is_wanted(const rule::Rule& rule, const Example& example) {
  if (rule.audience) return !is_request(example.details.kind) && example.details.buildset.empty();
  if (example.details.kind == EventKind::worker_missing) {
    return rule.workers.all || !rule.workers.names.empty();
  }
  if (example.details.kind == EventKind::buildset_complete) return rule.build_set_summary;
  const rule::Rule open = unfiltered(rule);
  const BuildFacts facts = facts_of(example.details.builds.front());
  if (is_request(example.details.kind))
    return rule::decide_request(open, example.details.kind, facts, false).outcome == Outcome::report;
  return std::ranges::count(outcomes_after_any(open, example.details.kind, facts), Outcome::report) > 0;
}

bool tells_of(const rule::Rule& rule, Results results) {
  if (rule.audience) return true;
  const BuildFacts facts = facts_of(finished_build(results));
  return std::ranges::any_of(outcomes_after_any(unfiltered(rule), EventKind::build_finished, facts),
                             [](Outcome outcome) { return outcome != Outcome::ignore; });
}

}  // namespace carillon::server
