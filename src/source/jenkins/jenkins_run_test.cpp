#include "source/jenkins/jenkins_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source/heard/posted_objects.hpp"

namespace carillon::source::jenkins {
namespace {

using hook::Phase;
using testing::ElementsAre;

Settings polling() {
  Settings settings;
  settings.url = "https://jenkins.example.org/";
  settings.polls = true;
  settings.keep = {"TARGET"};
  return settings;
}

json::object build(json::object changes = {}) {
  json::object build{
      {"number", 42},
      {"building", false},
      {"result", "UNSTABLE"},
      {"timestamp", 1'777'888'800'500},
      {"duration", 61'600},
      {"queueId", 1234},
      {"displayName", "#42"},
      {"url", "https://evil.example.org/"},
      {"actions",
       json::array{
           json::object(),
           json::object{
               {"causes", json::array{json::object{{"shortDescription", "Push event to branch main"}}}}},
           json::object{{"parameters", json::array{json::object{{"name", "TARGET"}, {"value", "linux"}},
                                                   json::object{{"name", "PASSWORD"}, {"value", "hush"}}}}},
           json::object{
               {"lastBuiltRevision",
                json::object{{"SHA1", "111"},
                             {"branch", json::array{json::object{{"name", "refs/remotes/origin/library"}}}}}},
               {"remoteUrls", json::array{"https://git.example.org/team/library.git"}}},
           json::object{
               {"lastBuiltRevision",
                json::object{{"SHA1", "abc"},
                             {"branch", json::array{json::object{{"name", "refs/remotes/origin/main"}}}}}},
               {"remoteUrls", json::array{"https://bot:hush@git.example.org/team/app.git"}}},
           json::object{{"failCount", 2}, {"skipCount", 1}, {"totalCount", 12}}}},
      {"changeSets",
       json::array{json::object{
           {"items", json::array{json::object{{"commitId", "abb"}, {"msg", "Before"}},
                                 json::object{{"commitId", "abc"},
                                              {"msg", "Open the window"},
                                              {"author", json::object{{"fullName", "Dana Example"}}},
                                              {"authorEmail", "dana@example.org"},
                                              {"timestamp", 1'777'888'700'000}}}}}}},
      {"culprits",
       json::array{json::object{{"fullName", "Dana Example"}}, json::object{{"fullName", "Ann"}}}},
  };
  for (const auto& [name, value] : changes)
    build[name] = value;
  return build;
}

hook::Run run_of(const json::object& build, const std::string& job = "team/app/main") {
  std::vector<std::string> notes;
  auto run = run_of_build(polling(), job, build, notes);
  EXPECT_TRUE(run) << run.error().what;
  return run.value_or(hook::Run());
}

std::string property(const hook::Run& run, std::string_view name) {
  for (const auto& [each, value] : run.properties) {
    if (each == name) return json::serialize(value);
  }
  return "";
}

TEST(JenkinsRunTest, ABuildAsTheApiSaysIt) {
  const hook::Run made = run_of(build());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::warnings}));
  EXPECT_EQ(made.id, "team%2Fapp%2Fmain-42.1234");
  EXPECT_EQ(made.occurrence, "unstable");
  EXPECT_EQ(made.number, 42);
  EXPECT_EQ(made.project, "team/app/main");
  EXPECT_EQ(made.url, "https://jenkins.example.org/job/team/job/app/job/main/42/");
  EXPECT_EQ(made.started, 1'777'888'800);
  EXPECT_EQ(made.submitted, 1'777'888'800);
  EXPECT_EQ(made.ended, 1'777'888'862);
  EXPECT_EQ(made.reason, "Push event to branch main");
  EXPECT_EQ(made.event, "push");
  EXPECT_EQ(made.owner, "");
  EXPECT_EQ(made.repository, "https://git.example.org/team/app.git");
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.branch, "main");
  EXPECT_FALSE(made.from_fork);
  EXPECT_EQ(made.commit.revision, "abc");
  EXPECT_EQ(made.commit.author, "Dana Example");
  EXPECT_EQ(made.commit.mail, "dana@example.org");
  EXPECT_EQ(made.commit.message, "Open the window");
  EXPECT_EQ(made.commit.when, 1'777'888'700);
  ASSERT_TRUE(made.tests);
  EXPECT_EQ(made.tests->total, 12);
  EXPECT_EQ(made.tests->passed, 9);
  EXPECT_EQ(made.tests->failed, 2);
  EXPECT_EQ(made.tests->skipped, 1);
  EXPECT_EQ(made.said, "2 of 12 tests failed");
  EXPECT_EQ(property(made, "TARGET"), R"("linux")");
  EXPECT_EQ(property(made, "PASSWORD"), "");
  EXPECT_EQ(property(made, "jenkins_queue_id"), "1234");
  EXPECT_EQ(property(made, "jenkins_culprits"), R"("Dana Example, Ann")");
  EXPECT_EQ(property(made, "jenkins_display_name"), "");
}

TEST(JenkinsRunTest, EachResult) {
  const std::pair<const char*, Results> results[] = {
      {"SUCCESS", Results::success},   {"UNSTABLE", Results::warnings}, {"FAILURE", Results::failure},
      {"NOT_BUILT", Results::skipped}, {"ABORTED", Results::cancelled}, {"ODD", Results::exception}};
  for (const auto& [word, expected] : results)
    EXPECT_EQ(run_of(build({{"result", word}})).state, (hook::State{Phase::ended, expected})) << word;
  std::vector<std::string> notes;
  ASSERT_TRUE(run_of_build(polling(), "a", build({{"result", "ODD"}}), notes));
  EXPECT_THAT(notes, ElementsAre("unknown result 'ODD'"));
}

TEST(JenkinsRunTest, ABuildThatRuns) {
  const hook::Run made = run_of(build({{"building", true}, {"result", nullptr}, {"duration", 0}}));
  EXPECT_EQ(made.state.phase, Phase::runs);
  EXPECT_EQ(made.ended, std::nullopt);
  EXPECT_EQ(made.occurrence, "");
  EXPECT_TRUE(made.jobs.empty());
  // A pipeline has its result before it is done.
  EXPECT_EQ(run_of(build({{"building", true}})).state.phase, Phase::runs);
}

TEST(JenkinsRunTest, WhatFailedHasALog) {
  const hook::Run made = run_of(build({{"result", "FAILURE"}}));
  ASSERT_EQ(made.jobs.size(), 1U);
  EXPECT_EQ(made.jobs[0].name, "console");
  EXPECT_TRUE(made.jobs[0].has_log);
  EXPECT_EQ(made.jobs[0].whole_run, made.id);
  // Nobody asks for logs of a build without a number, or with one that the store may give.
  EXPECT_EQ(made.jobs[0].id, std::to_string(made.numeric_id.value_or(0)));
  EXPECT_LT(made.numeric_id, heard::first_own_id);
  EXPECT_EQ(made.jobs[0].id, run_of(build({{"result", "ABORTED"}})).jobs.at(0).id);
  EXPECT_NE(made.jobs[0].id, run_of(build({{"number", 43}})).jobs.at(0).id);
  EXPECT_TRUE(run_of(build({{"result", "SUCCESS"}})).jobs.empty());
}

TEST(JenkinsRunTest, PullRequestsOfMultibranchJobs) {
  hook::Run made = run_of(build(), "team/app/PR-7");
  EXPECT_EQ(made.pull_request, 7);
  EXPECT_EQ(made.branch, "refs/pull/7/head");
  EXPECT_EQ(made.head_branch, "main");
  EXPECT_TRUE(made.from_fork);
  EXPECT_EQ(made.event, "pull_request");
  EXPECT_EQ(run_of(build(), "team/app/PR-7-merge").pull_request, 7);
  made = run_of(build(), "team/app/MR-8");
  EXPECT_EQ(made.branch, "refs/merge-requests/8/head");
  for (const char* job : {"PR-7", "team/app/PR-x", "team/PR-7/main", "team/app/XPR-7"}) {
    EXPECT_EQ(run_of(build(), job).pull_request, std::nullopt) << job;
    EXPECT_EQ(run_of(build(), job).branch, "main") << job;
  }
}

TEST(JenkinsRunTest, WhoStartedItAndWhy) {
  const auto started = [](const char* cause, const char* user) {
    json::object one{{"shortDescription", cause}};
    if (user != nullptr) one["userId"] = user;
    return run_of(build({{"actions", json::array{json::object{{"causes", json::array{one}}}}}}));
  };
  hook::Run made = started("Started by user Dana", "dana");
  EXPECT_EQ(made.owner, "dana");
  EXPECT_EQ(made.event, "manual");
  EXPECT_EQ(made.reason, "Started by user Dana");
  made = started("Started by timer", nullptr);
  EXPECT_EQ(made.owner, "");
  EXPECT_EQ(made.event, "schedule");
  EXPECT_EQ(started("Started by an SCM change", nullptr).event, "push");
  EXPECT_EQ(started(R"(Started by upstream project "a" build number 3)", nullptr).event, "upstream");
  EXPECT_EQ(started("Who knows", nullptr).event, "");
}

TEST(JenkinsRunTest, BranchesAreNamedAsPeopleDo) {
  const std::pair<const char*, const char*> branches[] = {
      {"refs/remotes/upstream/feature/bell", "feature/bell"},
      {"origin/main", "main"},
      {"refs/heads/main", "main"},
      {"feature/bell", "feature/bell"},
      {"refs/tags/v1", "refs/tags/v1"},
      {"detached", ""},
  };
  for (const auto& [name, expected] : branches) {
    const json::object revision{{"SHA1", "abc"}, {"branch", json::array{json::object{{"name", name}}}}};
    const hook::Run made =
        run_of(build({{"actions", json::array{json::object{{"lastBuiltRevision", revision}}}}}));
    EXPECT_EQ(made.branch, expected);
  }
}

TEST(JenkinsRunTest, WhatIsMissingIsNamed) {
  std::vector<std::string> notes;
  EXPECT_EQ(run_of_build(polling(), "a", {}, notes).error().what, "number: missing");
  EXPECT_EQ(run_of_build(polling(), "a", {{"number", -1}}, notes).error().what,
            "number: must not be negative");
  const hook::Run least = run_of({{"number", 1}, {"result", "SUCCESS"}});
  EXPECT_EQ(least.state, (hook::State{Phase::ended, Results::success}));
  EXPECT_EQ(least.started, std::nullopt);
}

TEST(JenkinsRunTest, AHooksRunIsFilledIn) {
  hook::Run told;
  told.branch = "told";
  told.ended = 5;
  told.commit.files = {"bell.c"};
  fill_in(told, run_of(build()));
  EXPECT_EQ(told.branch, "told");
  EXPECT_EQ(told.ended, 5);
  EXPECT_EQ(told.revision, "abc");
  EXPECT_EQ(told.reason, "Push event to branch main");
  EXPECT_EQ(told.commit.message, "Open the window");
  EXPECT_THAT(told.commit.files, ElementsAre("bell.c"));
  EXPECT_EQ(told.tests->failed, 2);
  EXPECT_EQ(property(told, "TARGET"), R"("linux")");
}

TEST(JenkinsRunTest, FailedTestsOfReports) {
  const auto one = [](const char* name, const char* status) {
    return json::object{{"className", "org.example.AppTest"}, {"name", name}, {"status", status}};
  };
  const json::array suites{json::object{
      {"cases", json::array{one("opens", "FAILED"), one("rings", "PASSED"), one("closes", "REGRESSION"),
                            one("waits", "SKIPPED"), one("turns", "FIXED")}}}};
  EXPECT_THAT(failed_tests({{"suites", suites}}),
              ElementsAre("org.example.AppTest.opens", "org.example.AppTest.closes"));
  EXPECT_THAT(failed_tests({{"childReports",
                             json::array{json::object{{"result", json::object{{"suites", suites}}}}}}}),
              ElementsAre("org.example.AppTest.opens", "org.example.AppTest.closes"));
}

}  // namespace
}  // namespace carillon::source::jenkins
