#include "source/github/github_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace carillon::source::github {
namespace {

using hook::Phase;

std::shared_ptr<Settings> settings() {
  auto settings = std::make_shared<Settings>();
  settings->secrets = {Secret("hush")};
  settings->runs = true;
  return settings;
}

web::Request delivery(std::string event, std::string body) {
  web::Request request;
  request.headers = {{"x-github-event", std::move(event)},
                     {"x-github-delivery", "9db7dda0"},
                     {"x-hub-signature-256", "sha256=" + hex_encode(hook::hmac_sha256("hush", body))}};
  request.content_type = "application/json";
  request.body = std::move(body);
  return request;
}

json::object repository() {
  return {{"id", 5},
          {"full_name", "acme/app"},
          {"clone_url", "https://github.com/acme/app.git"},
          {"html_url", "https://github.com/acme/app"}};
}

json::object run_body(const char* action, json::object changes = {}) {
  json::object run{
      {"id", 7},
      {"name", "CI"},
      {"run_number", 42},
      {"run_attempt", 1},
      {"event", "push"},
      {"status", "completed"},
      {"conclusion", "failure"},
      {"head_branch", "main"},
      {"head_sha", "abc"},
      {"path", ".github/workflows/ci.yml"},
      {"display_title", "Ring louder"},
      {"html_url", "https://github.com/acme/app/actions/runs/7"},
      {"created_at", "2021-08-05T10:30:00Z"},
      {"run_started_at", "2021-08-05T10:31:00Z"},
      {"updated_at", "2021-08-05T10:34:58Z"},
      {"actor", json::object{{"login", "ann"}}},
      {"head_repository", json::object{{"full_name", "acme/app"}}},
      {"pull_requests", json::array()},
      {"head_commit", json::object{{"id", "abc"},
                                   {"message", "Ring louder"},
                                   {"timestamp", "2021-08-05T10:00:00Z"},
                                   {"author", json::object{{"name", "Ann"}, {"email", "ann@example.org"}}}}},
  };
  for (const auto& [name, value] : changes)
    run[name] = value;
  return {{"action", action}, {"workflow_run", run}, {"repository", repository()}, {"workflow", nullptr}};
}

class GitHubHookTest : public testing::Test {
 protected:
  Result<hook::Heard> hear(const std::string& event, const json::object& body) {
    const web::Request request = delivery(event, json::serialize(body));
    EXPECT_TRUE(hook_.may_be_right(request));
    EXPECT_TRUE(hook_.is_right(request, request.body, 0));
    return hook_.hear(request, request.body, 0);
  }
  hook::Run run(const json::object& body) {
    auto heard = hear("workflow_run", body);
    if (!heard || heard->runs.size() != 1) {
      ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
      return {};
    }
    return heard->runs.front();
  }
  std::string ignored(const std::string& event, const json::object& body) {
    auto heard = hear(event, body);
    return heard ? heard->ignored : "refused: " + heard.error().what;
  }
  std::string refused(const std::string& event, const json::object& body) {
    auto heard = hear(event, body);
    return heard ? "taken" : heard.error().what;
  }

  std::shared_ptr<Settings> settings_ = settings();
  GitHubHook hook_{settings_};
};

TEST_F(GitHubHookTest, AnEndOfARun) {
  const hook::Run made = run(run_body("completed"));
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "run-7.1");
  EXPECT_EQ(made.number, 42);
  EXPECT_EQ(made.project, "acme/app");
  EXPECT_EQ(made.pipeline, "CI");
  EXPECT_EQ(made.branch, "main");
  EXPECT_FALSE(made.from_fork);
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.started, 1'628'159'460);
  EXPECT_EQ(made.ended, 1'628'159'698);
  EXPECT_EQ(made.submitted, 1'628'159'400);
  EXPECT_EQ(made.owner, "ann");
  EXPECT_EQ(made.commit.mail, "ann@example.org");
  EXPECT_EQ(made.reason, "Ring louder");
}

TEST_F(GitHubHookTest, EachConclusionHasItsResult) {
  const std::pair<const char*, hook::State> conclusions[] = {
      {"success", {Phase::ended, Results::success}},
      {"neutral", {Phase::ended, Results::success}},
      {"failure", {Phase::ended, Results::failure}},
      {"timed_out", {Phase::ended, Results::failure}},
      {"skipped", {Phase::ended, Results::skipped}},
      {"startup_failure", {Phase::ended, Results::exception}},
      {"cancelled", {Phase::ended, Results::cancelled}},
      {"stale", {Phase::ended, Results::cancelled}},
      {"action_required", {Phase::waits}},
      {"exploded", {Phase::ended, Results::exception}},
  };
  for (const auto& [conclusion, state] : conclusions)
    EXPECT_EQ(run(run_body("completed", {{"conclusion", conclusion}})).state, state) << conclusion;
  EXPECT_THAT(hear("workflow_run", run_body("completed", {{"conclusion", "exploded"}}))->notes,
              testing::ElementsAre("workflow_run: unknown result 'exploded'"));
}

TEST_F(GitHubHookTest, ActionsTellHowFarItIs) {
  const json::object open{{"status", "queued"}, {"conclusion", nullptr}};
  EXPECT_EQ(run(run_body("requested", open)).state, (hook::State{Phase::waits}));
  EXPECT_EQ(run(run_body("in_progress", open)).state, (hook::State{Phase::runs}));
  EXPECT_EQ(run(run_body("in_progress", {{"status", "in_progress"}, {"conclusion", nullptr}})).state,
            (hook::State{Phase::runs}));
  EXPECT_EQ(ignored("workflow_run", run_body("completed", open)),
            "workflow_run that is completed and has no conclusion");
  EXPECT_EQ(ignored("workflow_run", run_body("renamed")), "workflow_run, action renamed");
}

TEST_F(GitHubHookTest, AnAttemptIsItsOwnEvent) {
  const hook::Run again = run(run_body("completed", {{"run_attempt", 3}}));
  EXPECT_EQ(again.id, "run-7.3");
  EXPECT_EQ(again.attempt, 3);
  EXPECT_EQ(again.url, "https://github.com/acme/app/actions/runs/7/attempts/3");
}

json::object pull_request(int number, int repository) {
  return {{"number", number},
          {"base", json::object{{"ref", "main"}, {"repo", json::object{{"id", repository}}}}}};
}

TEST_F(GitHubHookTest, APullRequestIsNeverTheBareBranch) {
  const json::object own{{"event", "pull_request"},
                         {"head_branch", "main"},
                         {"pull_requests", json::array{pull_request(3, 999), pull_request(12, 5)}}};
  const hook::Run known = run(run_body("completed", own));
  EXPECT_EQ(known.branch, "refs/pull/12/head");
  EXPECT_EQ(known.base_branch, "main");
  EXPECT_EQ(known.pull_request_url, "https://github.com/acme/app/pull/12");
  const json::object fork{{"event", "pull_request"},
                          {"head_branch", "main"},
                          {"head_repository", json::object{{"full_name", "eve/app"}}}};
  const hook::Run of_fork = run(run_body("completed", fork));
  EXPECT_EQ(of_fork.branch, "eve:main");
  EXPECT_TRUE(of_fork.from_fork);
  // A fork that was deleted since.
  const hook::Run gone =
      run(run_body("completed", {{"event", "pull_request_target"}, {"head_repository", nullptr}}));
  EXPECT_EQ(gone.branch, "unknown:main");
  EXPECT_TRUE(gone.from_fork);
}

TEST_F(GitHubHookTest, TheMergeQueueIsABranch) {
  const hook::Run queued = run(
      run_body("completed", {{"event", "merge_group"}, {"head_branch", "gh-readonly-queue/main/pr-1-abc"}}));
  EXPECT_EQ(queued.branch, "gh-readonly-queue/main/pr-1-abc");
  EXPECT_FALSE(queued.from_fork);
}

TEST_F(GitHubHookTest, AWorkflowWithoutANameIsCalledAfterItsFile) {
  EXPECT_EQ(run(run_body("completed", {{"name", ""}})).pipeline, "ci");
  EXPECT_EQ(
      run(run_body("completed", {{"name", nullptr}, {"path", ".github/workflows/a.yaml@refs/x"}})).pipeline,
      "a");
  json::object body = run_body("completed");
  body["workflow"] = json::object{{"name", "Bells"}};
  EXPECT_EQ(run(body).pipeline, "Bells");
}

TEST_F(GitHubHookTest, JobsBelongToTheirRun) {
  const json::object job{
      {"id", 9},
      {"run_id", 7},
      {"run_attempt", 2},
      {"name", "build (linux, 3.12)"},
      {"workflow_name", "CI"},
      {"status", "completed"},
      {"conclusion", "failure"},
      {"head_sha", "abc"},
      {"head_branch", "main"},
      {"runner_name", "Runner 5"},
      {"labels", json::array{"linux"}},
      {"started_at", "2021-08-05T10:34:58Z"},
      {"completed_at", "2021-08-05T10:38:16Z"},
      {"steps",
       json::array{json::object{{"name", "fetch"}, {"status", "completed"}, {"conclusion", "success"}},
                   json::object{{"name", "make"}, {"status", "completed"}, {"conclusion", "failure"}}}}};
  auto heard =
      hear("workflow_job", {{"action", "completed"}, {"workflow_job", job}, {"repository", repository()}});
  ASSERT_TRUE(heard.has_value()) << heard.error().what;
  ASSERT_EQ(heard->jobs.size(), 1U);
  const hook::JobOfRun& made = heard->jobs.front();
  EXPECT_EQ(made.run, "run-7.2");
  EXPECT_EQ(made.job.name, "build (linux, 3.12)");
  EXPECT_EQ(made.job.said, "failed: make");
  EXPECT_EQ(made.job.worker, "Runner 5");
  EXPECT_EQ(made.job.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_FALSE(made.job.has_log);  // without a token
  EXPECT_EQ(made.alone.id, "job-9");
  EXPECT_EQ(made.alone.of_run, "run-7.2");
  EXPECT_EQ(made.alone.jobs.size(), 2U);
  settings_->token = Secret("token");
  EXPECT_TRUE(
      hear("workflow_job", {{"workflow_job", job}, {"repository", repository()}})->jobs.front().job.has_log);
}

TEST_F(GitHubHookTest, WhatIsNotWantedIsIgnored) {
  for (const char* event : {"ping", "push", "star", "check_suite", "check_run", "status", "no such event"})
    EXPECT_EQ(ignored(event, {}), event);
  EXPECT_EQ(ignored("", {}), "no X-GitHub-Event");
  settings_->repos = {"other/*"};
  EXPECT_EQ(ignored("workflow_run", run_body("completed")),
            "workflow_run of acme/app, which repos= does not name");
  settings_->repos = {"acme/*"};
  EXPECT_EQ(ignored("workflow_run", run_body("completed")), "");
}

TEST_F(GitHubHookTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(refused("workflow_run", {}), "workflow_run: missing");
  EXPECT_EQ(refused("workflow_run", {{"workflow_run", 1}}), "workflow_run: must be an object, not a number");
  EXPECT_EQ(refused("workflow_run", run_body("completed", {{"id", "x"}})),
            "workflow_run.id: must be a whole number, not a string");
  EXPECT_EQ(refused("workflow_run", run_body("completed", {{"run_number", nullptr}})),
            "workflow_run.run_number: must be a whole number, not null");
  json::object body = run_body("completed");
  body["repository"] = json::object{{"full_name", "../.."}};
  EXPECT_EQ(refused("workflow_run", body), "repository.full_name: is no name of a repository");
}

TEST_F(GitHubHookTest, ChecksAndStatusesOfOtherCis) {
  settings_->checks = true;
  settings_->statuses = true;
  const json::object suite{{"id", 70},
                           {"status", "completed"},
                           {"conclusion", "success"},
                           {"head_branch", "main"},
                           {"head_sha", "abc"},
                           {"app", json::object{{"slug", "belfry"}, {"name", "Belfry"}}},
                           {"updated_at", "2021-08-05T10:34:58Z"}};
  json::object body{{"action", "completed"}, {"check_suite", suite}, {"repository", repository()}};
  auto heard = hear("check_suite", body);
  ASSERT_TRUE(heard.has_value()) << heard.error().what;
  EXPECT_EQ(heard->runs.at(0).id, "suite-70");
  EXPECT_EQ(heard->runs.at(0).pipeline, "Belfry");
  EXPECT_EQ(heard->runs.at(0).occurrence, "1628159698");
  body["check_suite"].as_object()["app"] = json::object{{"slug", "github-actions"}};
  EXPECT_NE(ignored("check_suite", body), "");
  const json::object status{
      {"id", 80},
      {"state", "error"},
      {"context", "belfry/peal"},
      {"sha", "abc"},
      {"created_at", "2021-08-05T10:34:58Z"},
      {"branches", json::array{json::object{{"name", "other"}, {"commit", json::object{{"sha", "x"}}}},
                               json::object{{"name", "main"}, {"commit", json::object{{"sha", "abc"}}}}}},
      {"repository", repository()}};
  heard = hear("status", status);
  ASSERT_TRUE(heard.has_value()) << heard.error().what;
  EXPECT_EQ(heard->runs.at(0).pipeline, "belfry/peal");
  EXPECT_EQ(heard->runs.at(0).branch, "main");
  EXPECT_EQ(heard->runs.at(0).state, (hook::State{Phase::ended, Results::exception}));
  EXPECT_FALSE(heard->runs.at(0).from_fork);
  json::object of_a_fork = status;
  of_a_fork["branches"] = json::array();
  EXPECT_TRUE(hear("status", of_a_fork)->runs.at(0).from_fork);
  body["check_suite"].as_object()["app"] = json::object{{"slug", "belfry"}};
  EXPECT_FALSE(hear("check_suite", body)->runs.at(0).from_fork);
  body["check_suite"].as_object()["head_branch"] = nullptr;
  EXPECT_TRUE(hear("check_suite", body)->runs.at(0).from_fork);
  json::object pending = status;
  pending["state"] = "pending";
  EXPECT_NE(ignored("status", pending), "");
}

TEST_F(GitHubHookTest, ACheckWithoutItsSuiteIsIgnored) {
  settings_->checks = true;
  const json::object body{{"action", "completed"},
                          {"check_run", json::object{{"id", 7}, {"check_suite", nullptr}}},
                          {"repository", repository()}};
  EXPECT_EQ(ignored("check_run", body), "check_run without its check_suite");
}

TEST_F(GitHubHookTest, AFormHasThePayloadInAField) {
  web::Request request =
      delivery("workflow_run", "payload=" + percent_encode(json::serialize(run_body("completed"))));
  request.content_type = "application/x-www-form-urlencoded";
  EXPECT_TRUE(hook_.is_right(request, request.body, 0));
  auto heard = hook_.hear(request, request.body, 0);
  ASSERT_TRUE(heard.has_value()) << heard.error().what;
  EXPECT_EQ(heard->runs.size(), 1U);
  request.body = "other=1";
  EXPECT_EQ(hook_.hear(request, request.body, 0).error().what, "payload: missing in the form");
}

TEST_F(GitHubHookTest, OnlyTheSecretsHolderIsHeard) {
  web::Request request = delivery("workflow_run", "{}");
  EXPECT_FALSE(hook_.is_right(request, "{} ", 0));
  request.headers["x-hub-signature-256"] = "sha256=00";
  EXPECT_FALSE(hook_.may_be_right(request));
  request.headers.erase("x-hub-signature-256");
  request.headers["x-hub-signature"] = "sha1=96b70d2f2a7f7e099310077636c7881eaa758a13";
  EXPECT_FALSE(hook_.may_be_right(request));
}

TEST(RepositoryNameTest, IsPlain) {
  for (const char* name : {"acme/app", "a-b/c.d_e", "A/1"})
    EXPECT_TRUE(hook::is_repository(name)) << name;
  for (const char* name :
       {"", "acme", "/app", "acme/", "acme/app/x", "../app", "acme/..", "acme/a b", "acme/a?b"})
    EXPECT_FALSE(hook::is_repository(name)) << name;
}

}  // namespace
}  // namespace carillon::source::github
