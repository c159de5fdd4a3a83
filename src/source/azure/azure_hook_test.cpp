#include "source/azure/azure_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::azure {
namespace {

using hook::Phase;

constexpr const char* state_event = "ms.vss-pipelines.run-state-changed-event";

json::object merged(json::object object, const json::object& changes) {
  for (const auto& [name, value] : changes)
    object[name] = value;
  return object;
}

json::object old_build(const json::object& changes = {}) {
  return merged(
      {{"id", 2},
       {"buildNumber", "Peal_20260504.1"},
       {"queueTime", "2026-05-04T10:00:00Z"},
       {"startTime", "2026-05-04T10:00:02.83Z"},
       {"finishTime", "2026-05-04T10:07:31.69Z"},
       {"reason", "manual"},
       {"status", "succeeded"},
       {"sourceGetVersion", "LG:refs/heads/main:abc"},
       {"definition", json::object{{"id", 2}, {"name", "Peal"}}},
       {"requests",
        json::array{json::object{
            {"requestedFor", json::object{{"displayName", "Ann"}, {"uniqueName", "ann@example.org"}}}}}}},
      changes);
}

json::object changed_run(const json::object& run_changes = {}) {
  return {
      {"run", merged({{"id", 2},
                      {"name", "20260504.1"},
                      {"state", "completed"},
                      {"result", "failed"},
                      {"createdDate", "2026-05-04T10:00:00Z"},
                      {"finishedDate", "2026-05-04T10:07:31Z"},
                      {"_links", json::object{{"web", json::object{{"href", "https://dev.azure.com/a/b"}}}}}},
                     run_changes)},
      {"pipeline", json::object{{"id", 5}, {"name", "Peal"}}}};
}

class AzureHookTest : public testing::Test {
 protected:
  AzureHookTest() {
    settings_->secrets = {Secret("hush")};
    (*names_)["be9b"] = "Bells";
  }
  Result<hook::Heard> hear(const char* event, json::object resource, const char* project = "be9b") {
    const json::object body{{"id", "4a5d"},
                            {"eventType", event},
                            {"resource", std::move(resource)},
                            {"resourceContainers", json::object{{"project", json::object{{"id", project}}}}}};
    return AzureHook(settings_, names_).hear({}, json::serialize(body), 0);
  }
  hook::Run run(const char* event, json::object resource, const char* project = "be9b") {
    auto heard = hear(event, std::move(resource), project);
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }
  std::string refused(const char* event, json::object resource) {
    auto heard = hear(event, std::move(resource));
    return heard ? "taken" : heard.error().what;
  }

  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  std::shared_ptr<ProjectNames> names_ = std::make_shared<ProjectNames>();
};

TEST_F(AzureHookTest, ABuildOfVersionOne) {
  const hook::Run made = run("build.complete", old_build());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::success}));
  EXPECT_EQ(made.id, "run-2");
  EXPECT_EQ(made.occurrence, "1777889251");
  EXPECT_EQ(made.number, 2);
  EXPECT_EQ(made.project, "Bells");
  EXPECT_EQ(made.pipeline, "Peal");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.submitted, 1777888800);
  EXPECT_EQ(made.started, 1777888802);
  EXPECT_EQ(made.ended, 1777889251);
  EXPECT_EQ(made.owner, "ann@example.org");
  EXPECT_EQ(made.event, "manual");
}

TEST_F(AzureHookTest, ABuildOfVersionTwo) {
  const hook::Run made = run("build.complete",
                             old_build({{"status", "completed"},
                                        {"result", "partiallySucceeded"},
                                        {"project", json::object{{"name", "Tower"}}},
                                        {"sourceGetVersion", nullptr},
                                        {"sourceBranch", "refs/pull/7/merge"},
                                        {"sourceVersion", "f00d"},
                                        {"requestedFor", json::object{{"displayName", "Bob"}}}}),
                             "unknown");
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::warnings}));
  EXPECT_EQ(made.project, "Tower");
  EXPECT_EQ(made.branch, "refs/pull/7/head");
  EXPECT_EQ(made.pull_request, 7);
  EXPECT_TRUE(made.from_fork);
  EXPECT_EQ(made.revision, "f00d");
  EXPECT_EQ(made.owner, "Bob");
  EXPECT_EQ(run("build.complete", old_build({{"sourceBranch", "refs/tags/v1"}})).branch, "refs/tags/v1");
}

TEST_F(AzureHookTest, EachWord) {
  const std::pair<const char*, Results> results[] = {
      {"succeeded", Results::success}, {"partiallySucceeded", Results::warnings},
      {"failed", Results::failure},    {"canceled", Results::cancelled},
      {"stopped", Results::cancelled}, {"cracked", Results::exception}};
  for (const auto& [word, result] : results) {
    EXPECT_EQ(run("build.complete", old_build({{"status", word}})).state, (hook::State{Phase::ended, result}))
        << word;
    EXPECT_EQ(run(state_event, changed_run({{"result", word}})).state, (hook::State{Phase::ended, result}))
        << word;
  }
  EXPECT_THAT(hear(state_event, changed_run({{"result", "cracked"}}))->notes,
              testing::ElementsAre("unknown result 'cracked'"));
}

TEST_F(AzureHookTest, StatesOfARun) {
  for (const char* state : {"InProgress", "inProgress", "Canceling", "canceling"})
    EXPECT_EQ(
        run(state_event, changed_run({{"state", state}, {"result", nullptr}, {"finishedDate", nullptr}}))
            .state,
        (hook::State{Phase::runs}))
        << state;
  const hook::Run made = run(state_event, changed_run({{"state", "Completed"}}));
  EXPECT_EQ(made.id, "run-2");
  EXPECT_EQ(made.occurrence, "1777889251");
  EXPECT_EQ(made.project, "Bells");
  EXPECT_EQ(made.pipeline, "Peal");
  EXPECT_EQ(made.url, "https://dev.azure.com/a/b");
  EXPECT_EQ(run(state_event, changed_run(), "unknown").project, "");
  EXPECT_EQ(run("ms.vss-pipelinechecks-events.approval-pending", changed_run()).state.phase, Phase::waits);
  EXPECT_EQ(hear("ms.vss-pipelinechecks-events.approval-pending", {})->ignored,
            "ms.vss-pipelinechecks-events.approval-pending of no run");
}

TEST_F(AzureHookTest, JobsArePartsOfTheirRun) {
  json::object resource = changed_run();
  resource["stage"] = json::object{{"name", "Tower"}};
  resource["job"] =
      json::object{{"id", "j1"}, {"name", "tenor"}, {"state", "completed"}, {"result", "failed"}};
  auto heard = hear("ms.vss-pipelines.job-state-changed-event", resource);
  ASSERT_TRUE(heard.has_value()) << heard.error().what;
  ASSERT_EQ(heard->jobs.size(), 1U);
  EXPECT_EQ(heard->jobs[0].run, "run-2");
  EXPECT_EQ(heard->jobs[0].job.name, "Tower / tenor");
  EXPECT_EQ(heard->jobs[0].job.id, "job-j1");
  EXPECT_EQ(heard->jobs[0].job.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(heard->jobs[0].alone.id, "run-2-job-j1");
  heard = hear("ms.vss-pipelines.stage-state-changed-event", resource);
  ASSERT_TRUE(heard.has_value()) << heard.error().what;
}

TEST_F(AzureHookTest, WhatIsNotWantedIsIgnored) {
  EXPECT_EQ(hear("git.push", {})->ignored, "git.push");
  EXPECT_EQ(hear("", {})->ignored, "no eventType");
  settings_->projects = {"Tower"};
  EXPECT_EQ(hear("build.complete", old_build())->ignored,
            "build.complete of Bells, which projects= does not name");
}

TEST_F(AzureHookTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(refused("build.complete", {}), "resource.id: missing");
  EXPECT_EQ(refused("build.complete", {{"id", 2}}), "resource.definition.name: missing");
  EXPECT_EQ(refused(state_event, {}), "resource.run.id: missing");
  EXPECT_EQ(refused(state_event, {{"run", json::object{{"id", 2}}}}), "resource.pipeline.name: missing");
  EXPECT_EQ(refused("ms.vss-pipelines.job-state-changed-event", changed_run()), "resource.job: missing");
}

}  // namespace
}  // namespace carillon::source::azure
