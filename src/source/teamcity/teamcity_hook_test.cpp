#include "source/teamcity/teamcity_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::teamcity {
namespace {

using hook::Phase;

json::object payload(const json::object& changes = {}) {
  json::object build{
      {"id", 117},
      {"buildTypeId", "Bells_Peal"},
      {"number", "43"},
      {"status", "FAILURE"},
      {"state", "finished"},
      {"branchName", "main"},
      {"webUrl", "https://teamcity.example.org/viewLog.html?buildId=117"},
      {"statusText", "Tests failed: 2 (1 new), passed: 101"},
      {"buildType", json::object{{"id", "Bells_Peal"}, {"name", "Peal"}, {"projectName", "Bells"}}},
      {"queuedDate", "20260504T100000+0000"},
      {"startDate", "20260504T100002+0000"},
      {"finishDate", "20260504T100731+0000"},
      {"triggered", json::object{{"type", "user"}, {"user", json::object{{"username", "ann"}}}}},
      {"revisions",
       json::object{
           {"revision",
            json::array{json::object{
                {"version", "abc"},
                {"vcsBranchName", "refs/heads/main"},
                {"vcs-root-instance",
                 json::object{{"name", "https://git.example.org/acme/bells.git#refs/heads/main"}}}}}}}},
      {"testOccurrences", json::object{{"count", 104}, {"passed", 101}, {"failed", 2}, {"ignored", 1}}}};
  for (const auto& [name, value] : changes)
    build[name] = value;
  return build;
}

json::object plugin_build(const json::object& changes = {}) {
  json::object build{{"buildStatus", "Exit code 1"},
                     {"buildResult", "failure"},
                     {"notifyType", "buildFinished"},
                     {"buildName", "Peal"},
                     {"buildId", "19952"},
                     {"buildTypeId", "Bells_Peal"},
                     {"buildStatusUrl", "http://teamcity.example.org/viewLog.html?buildId=19952"},
                     {"projectName", "Bells"},
                     {"buildNumber", "5535 - CL 123456"},
                     {"agentName", "agent123"},
                     {"triggeredBy", "Perforce"}};
  for (const auto& [name, value] : changes)
    build[name] = value;
  return build;
}

class TeamCityHookTest : public testing::Test {
 protected:
  Result<hook::Heard> hear(const json::object& body) { return hook_.hear({}, json::serialize(body), 0); }
  hook::Run run(const json::object& body) {
    auto heard = hear(body);
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }
  hook::Run own(const char* event, const json::object& changes = {}) {
    return run({{"eventType", event}, {"payload", payload(changes)}});
  }
  hook::Run plugin(const json::object& changes = {}) { return run({{"build", plugin_build(changes)}}); }
  std::string refused(const json::object& body) {
    auto heard = hear(body);
    return heard ? "taken" : heard.error().what;
  }

  TeamCityHook hook_{hook::Secrets{Secret("hush")}};
};

TEST_F(TeamCityHookTest, AnEnd) {
  const hook::Run made = own("BUILD_FINISHED");
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "build-117");
  EXPECT_EQ(made.number, 43);
  EXPECT_EQ(made.project, "Bells");
  EXPECT_EQ(made.pipeline, "Peal");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.repository, "https://git.example.org/acme/bells.git");
  EXPECT_EQ(made.submitted, 1777888800);
  EXPECT_EQ(made.started, 1777888802);
  EXPECT_EQ(made.ended, 1777889251);
  EXPECT_EQ(made.owner, "ann");
  EXPECT_EQ(made.event, "user");
  EXPECT_EQ(made.said, "Tests failed: 2 (1 new), passed: 101");
  ASSERT_TRUE(made.tests.has_value());
  EXPECT_EQ(made.tests->total, 104);
  EXPECT_EQ(made.tests->failed, 2);
  EXPECT_EQ(made.tests->skipped, 1);
}

TEST_F(TeamCityHookTest, TheEventTellsHowFarItIs) {
  EXPECT_EQ(own("BUILD_TYPE_ADDED_TO_QUEUE", {{"status", nullptr}}).state, (hook::State{Phase::waits}));
  EXPECT_EQ(own("BUILD_STARTED", {{"status", "SUCCESS"}}).state, (hook::State{Phase::runs}));
  EXPECT_EQ(own("BUILD_INTERRUPTED").state, (hook::State{Phase::ended, Results::cancelled}));
  EXPECT_EQ(own("BUILD_FINISHED", {{"canceledInfo", json::object()}}).state.results, Results::cancelled);
  const std::pair<const char*, Results> words[] = {{"SUCCESS", Results::success},
                                                   {"FAILURE", Results::failure},
                                                   {"ERROR", Results::exception},
                                                   {"UNKNOWN", Results::exception}};
  for (const auto& [word, results] : words)
    EXPECT_EQ(own("BUILD_FINISHED", {{"status", word}}).state.results, results) << word;
}

TEST_F(TeamCityHookTest, OfABuildLittleNeedBeSaid) {
  const hook::Run made =
      run({{"eventType", "BUILD_INTERRUPTED"},
           {"payload",
            json::object{{"buildTypeId", "Bells_Peal"},
                         {"number", "43"},
                         {"canceledInfo", json::object{{"user", json::object{{"username", "ann"}}}}}}}});
  EXPECT_EQ(made.id, "build-Bells_Peal-43");
  EXPECT_EQ(made.number, 43);
  EXPECT_EQ(made.pipeline, "Bells_Peal");
  EXPECT_EQ(made.owner, "ann");
  EXPECT_EQ(refused({{"eventType", "BUILD_FINISHED"}, {"payload", json::object{{"number", "1"}}}}),
            "payload.id: missing, and buildTypeId, too");
  EXPECT_EQ(refused({{"eventType", "BUILD_FINISHED"},
                     {"payload", json::object{{"buildTypeId", "x"}, {"number", "snapshot"}}}}),
            "payload.number: must begin with digits where id is missing");
  EXPECT_EQ(refused({{"eventType", "BUILD_FINISHED"}}), "payload: missing");
}

TEST_F(TeamCityHookTest, ANumberIsAnyText) {
  EXPECT_EQ(own("BUILD_FINISHED", {{"number", "1.0.26"}}).number, 117);
  EXPECT_EQ(own("BUILD_FINISHED", {{"number", "snapshot"}}).number, 117);
  EXPECT_EQ(own("BUILD_FINISHED", {{"number", 7}}).number, 7);
}

TEST_F(TeamCityHookTest, BranchesOfRequests) {
  const json::object none{{"revision", json::array()}};
  for (const auto& [name, branch] :
       {std::pair("pull/7", "refs/pull/7/head"), std::pair("refs/pull/7/merge", "refs/pull/7/head"),
        std::pair("merge-requests/7", "refs/merge-requests/7/head"), std::pair("<default>", ""),
        std::pair("refs/heads/feature/rope", "feature/rope"), std::pair("pull/x", "pull/x")}) {
    const hook::Run made = own("BUILD_FINISHED", {{"revisions", none}, {"branchName", name}});
    EXPECT_EQ(made.branch, branch);
    EXPECT_EQ(made.from_fork, made.pull_request.has_value());
  }
}

TEST_F(TeamCityHookTest, AnEndOfThePlugin) {
  const hook::Run made = plugin();
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "build-19952");
  EXPECT_EQ(made.number, 5535);
  EXPECT_EQ(made.project, "Bells");
  EXPECT_EQ(made.pipeline, "Peal");
  EXPECT_EQ(made.said, "Exit code 1");
  EXPECT_EQ(made.worker, "agent123");
  EXPECT_EQ(plugin({{"notifyType", "buildStarted"}}).state, (hook::State{Phase::runs}));
  EXPECT_EQ(plugin({{"notifyType", "buildAddedToQueue"}}).state, (hook::State{Phase::waits}));
  EXPECT_EQ(plugin({{"notifyType", "buildInterrupted"}}).state.results, Results::cancelled);
  EXPECT_EQ(plugin({{"notifyType", "buildFixed"}, {"buildResult", "success"}}).state.results,
            Results::success);
}

TEST_F(TeamCityHookTest, WhatIsNotWantedIsIgnored) {
  EXPECT_EQ(hear({{"eventType", "PROJECT_CREATED"}})->ignored, "PROJECT_CREATED");
  EXPECT_EQ(hear({})->ignored, "no eventType");
  EXPECT_EQ(hear({{"build", plugin_build({{"notifyType", "beforeBuildFinish"}})}})->ignored,
            "beforeBuildFinish");
}

}  // namespace
}  // namespace carillon::source::teamcity
