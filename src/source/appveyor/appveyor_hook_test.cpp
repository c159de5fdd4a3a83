#include "source/appveyor/appveyor_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::appveyor {
namespace {

using hook::Phase;

json::object body_of(const json::object& changes = {}, const char* event = "build_failure") {
  json::object data{
      {"passed", false},
      {"failed", true},
      {"status", "Failed"},
      {"started", "2026-05-04 7:57 PM"},
      {"finished", "2026-05-04 7:58 PM"},
      {"projectName", "bells-web"},
      {"buildId", 14636},
      {"buildNumber", 26},
      {"buildVersion", "1.0.26"},
      {"repositoryProvider", "gitHub"},
      {"repositoryName", "acme/bells"},
      {"branch", "main"},
      {"commitId", "abc"},
      {"commitAuthor", "Ann"},
      {"commitAuthorEmail", "ann@example.org"},
      {"commitMessage", "Ring louder"},
      {"commitMessageExtended", "Much."},
      {"isPullRequest", false},
      {"buildUrl", "https://ci.appveyor.com/project/acme/bells/build/1.0.26"},
      {"messages", json::array()},
      {"jobs",
       json::array{
           json::object{{"id", "es94"}, {"name", "Debug"}, {"status", "Success"}},
           json::object{{"id", "es95"},
                        {"name", ""},
                        {"status", "Failed"},
                        {"compilationMessages",
                         json::array{json::object{{"category", "warning"}, {"message", "old rope"}},
                                     json::object{{"category", "error"}, {"message", "no clapper"}}}}}}}};
  for (const auto& [name, value] : changes)
    data[name] = value;
  return {{"eventName", event}, {"eventData", std::move(data)}};
}

class AppVeyorHookTest : public testing::Test {
 protected:
  Result<hook::Heard> hear(const json::object& body) { return hook_.hear({}, json::serialize(body), 0); }
  hook::Run run(const json::object& body) {
    auto heard = hear(body);
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }

  AppVeyorHook hook_{hook::Secrets{Secret("hush")}};
};

TEST_F(AppVeyorHookTest, AnEnd) {
  const hook::Run made = run(body_of());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "build-14636");
  EXPECT_EQ(made.number, 26);
  EXPECT_EQ(made.project, "acme/bells");
  EXPECT_EQ(made.pipeline, "bells-web");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.repository, "https://github.com/acme/bells.git");
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.commit.mail, "ann@example.org");
  EXPECT_EQ(made.commit.message, "Ring louder\n\nMuch.");
  EXPECT_EQ(made.started, std::nullopt);
  EXPECT_EQ(made.ended, std::nullopt);
  ASSERT_EQ(made.jobs.size(), 2U);
  EXPECT_EQ(made.jobs[0].state.results, Results::success);
  EXPECT_EQ(made.jobs[1].name, "job 2");
  EXPECT_EQ(made.jobs[1].said, "no clapper");
}

TEST_F(AppVeyorHookTest, EachStatus) {
  const std::pair<const char*, Results> words[] = {
      {"Success", Results::success}, {"Failed", Results::failure}, {"Cancelled", Results::cancelled}};
  for (const auto& [word, results] : words)
    EXPECT_EQ(run(body_of({{"status", word}})).state.results, results) << word;
  EXPECT_EQ(
      run(body_of({{"status", "?"}, {"failed", false}, {"passed", true}}, "build_success")).state.results,
      Results::success);
  EXPECT_EQ(run(body_of({{"status", "?"}, {"failed", false}})).state.results, Results::exception);
}

TEST_F(AppVeyorHookTest, APullRequestIsNoBuildOfItsBase) {
  for (const json::value& id : {json::value(7), json::value("7")}) {
    const hook::Run made = run(body_of({{"isPullRequest", true}, {"pullRequestId", id}}));
    EXPECT_EQ(made.branch, "refs/pull/7/head");
    EXPECT_EQ(made.base_branch, "main");
    EXPECT_TRUE(made.from_fork);
  }
  EXPECT_EQ(run(body_of({{"isPullRequest", true}})).branch, "unknown:main");
  EXPECT_EQ(run(body_of({{"isTag", true}, {"tagName", "v1"}})).branch, "refs/tags/v1");
}

TEST_F(AppVeyorHookTest, WhatIsMissingIsNamed) {
  const auto refused = [&](const json::object& body) {
    auto heard = hear(body);
    return heard ? "taken" : heard.error().what;
  };
  EXPECT_EQ(refused({{"text", "of my own"}}), "eventData: missing");
  EXPECT_EQ(refused(body_of({{"buildId", nullptr}})), "eventData.buildId: must be a whole number, not null");
  EXPECT_EQ(refused(body_of({{"projectName", ""}})), "eventData.projectName: empty");
  EXPECT_EQ(hear(body_of({}, "deployment_success"))->ignored, "deployment_success");
}

}  // namespace
}  // namespace carillon::source::appveyor
