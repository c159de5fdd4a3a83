#include "source/gitea/gitea_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace carillon::source::gitea {
namespace {

using hook::Phase;

constexpr std::int64_t run_begun = 1'747'848'600;  // 2025-05-21T17:30:00Z
constexpr std::int64_t run_ended = 1'747'848'921;

json::object own_repository() {
  return {{"id", 5},
          {"full_name", "acme/bells"},
          {"html_url", "https://git.example.org/acme/bells"},
          {"clone_url", "https://git.example.org/acme/bells.git"}};
}

json::object with(json::object object, const json::object& changes) {
  for (const auto& [name, value] : changes)
    object[name] = value;
  return object;
}

json::object run_body(const char* action, const json::object& changes = {}) {
  const json::object run{
      {"id", 31},
      {"display_title", "Ring louder"},
      {"path", "peal.yml@refs/heads/main"},
      {"event", "push"},
      {"run_attempt", 0},
      {"run_number", 42},
      {"head_sha", "abc"},
      {"head_branch", "main"},
      {"status", "completed"},
      {"conclusion", "failure"},
      {"html_url", "https://git.example.org/acme/bells/actions/runs/42"},
      {"started_at", "2025-05-21T17:30:00Z"},
      {"completed_at", "2025-05-21T17:35:21Z"},
      {"actor", json::object{{"login", "bob"}}},
      {"trigger_actor", json::object{{"login", "ann"}}},
      {"head_repository", nullptr},
  };
  return {{"action", action},
          {"workflow", json::object{{"id", "peal.yml"}, {"name", "Peal"}}},
          {"workflow_run", with(run, changes)},
          {"repository", own_repository()},
          {"sender", json::object{{"login", "eve"}}}};
}

json::object forgejo_body(const char* action, const json::object& changes = {}) {
  const json::object run{
      {"id", 31},
      {"title", "Ring louder"},
      {"repository", own_repository()},
      {"workflow_id", "peal.yaml"},
      {"index_in_repo", 42},
      {"trigger_user", json::object{{"login", "ann"}}},
      {"prettyref", "main"},
      {"commit_sha", "abc"},
      {"is_fork_pull_request", false},
      {"need_approval", false},
      {"trigger_event", "push"},
      {"status", action},
      {"started", "2025-05-21T17:30:00Z"},
      {"stopped", "2025-05-21T17:35:21Z"},
      {"created", "2025-05-21T17:29:55Z"},
      {"html_url", "https://git.example.org/acme/bells/actions/runs/42"},
  };
  return {{"action", action}, {"run", with(run, changes)}, {"prior_status", "running"}};
}

class GiteaHookTest : public testing::Test {
 protected:
  GiteaHookTest() {
    settings_->shape.ci = "gitea";
    settings_->secrets = {Secret("hush")};
    settings_->runs = settings_->statuses = true;
  }
  Result<hook::Heard> hear(const std::string& event, const json::object& body) {
    web::Request request;
    request.body = json::serialize(body);
    request.content_type = "application/json";
    request.headers = {{"x-gitea-event", event},
                       {"x-gitea-delivery", "d-1"},
                       {"x-gitea-signature", hex_encode(hook::hmac_sha256("hush", request.body))}};
    EXPECT_TRUE(hook_.may_be_right(request));
    EXPECT_TRUE(hook_.is_right(request, request.body, 0));
    return hook_.hear(request, request.body, 0);
  }
  hook::Run run(const std::string& event, const json::object& body) {
    auto heard = hear(event, body);
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

  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  GiteaHook hook_{settings_};
};

TEST_F(GiteaHookTest, AnEndOfARun) {
  const hook::Run made = run("workflow_run", run_body("completed"));
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "run-31");
  EXPECT_EQ(made.occurrence, std::to_string(run_ended));
  EXPECT_EQ(made.number, 42);
  EXPECT_EQ(made.attempt, 1);
  EXPECT_EQ(made.project, "acme/bells");
  EXPECT_EQ(made.pipeline, "Peal");
  EXPECT_EQ(made.branch, "main");
  EXPECT_FALSE(made.from_fork);
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.started, run_begun);
  EXPECT_EQ(made.ended, run_ended);
  EXPECT_EQ(made.owner, "ann");
  EXPECT_EQ(made.reason, "Ring louder");
  EXPECT_EQ(made.event, "push");
  EXPECT_EQ(made.repository, "https://git.example.org/acme/bells.git");
  EXPECT_EQ(made.url, "https://git.example.org/acme/bells/actions/runs/42");
  EXPECT_EQ(made.properties.at(0).first, "gitea_run_id");
}

TEST_F(GiteaHookTest, ActionAndConclusionCountAndNotTheStatus) {
  for (const char* status : {"waiting", "queued", "pending", "whatever"}) {
    EXPECT_EQ(run("workflow_run", run_body("requested", {{"status", status}, {"conclusion", ""}})).state,
              (hook::State{Phase::waits}));
    EXPECT_EQ(run("workflow_run", run_body("in_progress", {{"status", status}, {"conclusion", ""}})).state,
              (hook::State{Phase::runs}));
  }
  EXPECT_EQ(run("workflow_run", run_body("in_progress")).occurrence, "");
  const std::pair<const char*, Results> conclusions[] = {{"success", Results::success},
                                                         {"failure", Results::failure},
                                                         {"cancelled", Results::cancelled},
                                                         {"skipped", Results::skipped},
                                                         {"exploded", Results::exception}};
  for (const auto& [conclusion, results] : conclusions) {
    EXPECT_EQ(
        run("workflow_run", run_body("completed", {{"status", "waiting"}, {"conclusion", conclusion}})).state,
        (hook::State{Phase::ended, results}))
        << conclusion;
  }
  EXPECT_THAT(hear("workflow_run", run_body("completed", {{"conclusion", "exploded"}}))->notes,
              testing::ElementsAre("workflow_run: unknown result 'exploded'"));
  EXPECT_NE(ignored("workflow_run", run_body("completed", {{"conclusion", ""}})), "");
  EXPECT_NE(ignored("workflow_run", run_body("completed", {{"completed_at", "0001-01-01T00:00:00Z"}})), "");
  EXPECT_EQ(ignored("workflow_run", run_body("renamed")), "workflow_run, action renamed");
}

TEST_F(GiteaHookTest, AnAttemptThatIsCountedIsItsOwnEvent) {
  const hook::Run again = run("workflow_run", run_body("completed", {{"run_attempt", 2}}));
  EXPECT_EQ(again.id, "run-31.2");
  EXPECT_EQ(again.attempt, 2);
  EXPECT_EQ(again.occurrence, "");
  EXPECT_EQ(again.url, "https://git.example.org/acme/bells/actions/runs/42");
}

TEST_F(GiteaHookTest, TheRefSaysWhatItIsOf) {
  const auto of = [&](const char* ref, json::object changes = {}) {
    changes["path"] = std::string("peal.yml@") + ref;
    changes["head_branch"] = "";
    return run("workflow_run", run_body("completed", changes));
  };
  EXPECT_EQ(of("refs/tags/v1").branch, "refs/tags/v1");
  EXPECT_EQ(of("refs/heads/feature/rope").branch, "feature/rope");
  const hook::Run unknown = of("refs/pull/7/head", {{"event", "pull_request"}});
  EXPECT_EQ(unknown.branch, "refs/pull/7/head");
  EXPECT_EQ(unknown.pull_request, 7);
  EXPECT_EQ(unknown.pull_request_url, "https://git.example.org/acme/bells/pulls/7");
  EXPECT_TRUE(unknown.from_fork);
  const auto pull_requests = [](int head) {
    return json::array{
        json::object{{"number", 7},
                     {"head", json::object{{"ref", "rope"}, {"repo", json::object{{"id", head}}}}},
                     {"base", json::object{{"ref", "main"}, {"repo", json::object{{"id", 5}}}}}}};
  };
  const hook::Run own =
      of("refs/pull/7/head", {{"event", "pull_request_sync"}, {"pull_requests", pull_requests(5)}});
  EXPECT_FALSE(own.from_fork);
  EXPECT_EQ(own.base_branch, "main");
  EXPECT_EQ(own.head_branch, "rope");
  EXPECT_TRUE(
      of("refs/pull/7/head", {{"event", "pull_request"}, {"pull_requests", pull_requests(9)}}).from_fork);
  // Somebody else's pull request runs what the base branch says: it is no build of that branch.
  EXPECT_EQ(run("workflow_run", run_body("completed", {{"event", "pull_request_target"}})).branch,
            "unknown:main");
}

TEST_F(GiteaHookTest, AWorkflowWithoutANameIsCalledAfterItsFile) {
  json::object body = run_body("completed");
  body["workflow"] = json::object{{"id", "peal.yml"}, {"name", "peal.yml"}};
  EXPECT_EQ(run("workflow_run", body).pipeline, "peal");
  body["workflow"] = nullptr;
  EXPECT_EQ(run("workflow_run", body).pipeline, "peal");
  body["workflow"] = json::object{{"id", "peal.yml"}, {"name", "Full peal / all bells"}};
  EXPECT_EQ(run("workflow_run", body).pipeline, "Full peal / all bells");
}

TEST_F(GiteaHookTest, JobsBelongToTheirRun) {
  const json::object job{
      {"id", 41},
      {"run_id", 31},
      {"run_attempt", 2},
      {"name", "tenor"},
      {"labels", json::array{"bronze"}},
      {"status", "completed"},
      {"conclusion", "failure"},
      {"head_sha", "abc"},
      {"head_branch", "main"},
      {"runner_name", "tower"},
      {"steps",
       json::array{json::object{{"name", "pull"}, {"status", "completed"}, {"conclusion", "failure"}}}},
      {"started_at", "2025-05-21T17:30:00Z"},
      {"completed_at", "2025-05-21T17:35:21Z"}};
  const json::object body{{"action", "completed"}, {"workflow_job", job}, {"repository", own_repository()}};
  auto heard = hear("workflow_job", body);
  ASSERT_TRUE(heard.has_value()) << heard.error().what;
  ASSERT_EQ(heard->jobs.size(), 1U);
  const hook::JobOfRun& made = heard->jobs.front();
  EXPECT_EQ(made.run, "run-31.2");
  EXPECT_EQ(made.job.name, "tenor");
  EXPECT_EQ(made.job.said, "failed: pull");
  EXPECT_EQ(made.job.worker, "tower");
  EXPECT_FALSE(made.job.has_log);
  EXPECT_EQ(made.alone.id, "job-41");
  EXPECT_EQ(made.alone.occurrence, std::to_string(run_ended));
  EXPECT_THAT(made.alone.tags, testing::ElementsAre("bronze"));
  settings_->token = Secret("token");
  EXPECT_TRUE(hear("workflow_job", body)->jobs.front().job.has_log);
}

TEST_F(GiteaHookTest, StatusesOfOtherCis) {
  const json::object status{
      {"id", 80},
      {"state", "warning"},
      {"context", "belfry/peal"},
      {"description", "a rope is worn"},
      {"sha", "abc"},
      {"target_url", "https://belfry.example.org/80"},
      {"created_at", "2025-05-21T17:35:21Z"},
      {"commit", json::object{{"id", "abc"},
                              {"message", "Ring louder"},
                              {"author", json::object{{"name", "Ann"}, {"email", "ann@example.org"}}}}},
      {"repository", own_repository()},
      {"sender", json::object{{"login", "ann"}}}};
  const hook::Run made = run("status", status);
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::warnings}));
  EXPECT_EQ(made.id, "status-80");
  EXPECT_EQ(made.pipeline, "belfry/peal");
  EXPECT_EQ(made.said, "a rope is worn");
  EXPECT_EQ(made.commit.mail, "ann@example.org");
  EXPECT_EQ(made.commit.message, "Ring louder");
  EXPECT_NE(ignored("status", with(status, {{"state", "pending"}})), "");
  EXPECT_NE(ignored("status", with(status, {{"target_url", "/acme/bells/actions/runs/42/jobs/0"}})), "");
  settings_->statuses = false;
  EXPECT_EQ(ignored("status", status), "status");
}

TEST_F(GiteaHookTest, AnEndOfARunOfForgejo) {
  settings_->shape.ci = "forgejo";
  const hook::Run made = run("action_run_failure", forgejo_body("failure"));
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "run-31");
  EXPECT_EQ(made.occurrence, std::to_string(run_ended));
  EXPECT_EQ(made.number, 42);
  EXPECT_EQ(made.project, "acme/bells");
  EXPECT_EQ(made.pipeline, "peal");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.started, run_begun);
  EXPECT_EQ(made.submitted, run_begun - 5);
  EXPECT_EQ(made.ended, run_ended);
  EXPECT_EQ(made.owner, "ann");
  EXPECT_EQ(made.reason, "Ring louder");
  EXPECT_EQ(made.properties.at(0).first, "forgejo_run_id");
}

TEST_F(GiteaHookTest, TheStatusOfForgejosRunDecides) {
  EXPECT_EQ(run("action_run_failure", forgejo_body("failure", {{"status", "cancelled"}})).state.results,
            Results::cancelled);
  EXPECT_EQ(run("action_run_failure", forgejo_body("failure", {{"status", "skipped"}})).state.results,
            Results::skipped);
  const hook::Run green = run("action_run_success", forgejo_body("success"));
  const hook::Run again = run("action_run_recover", forgejo_body("recover", {{"status", "success"}}));
  EXPECT_EQ(again.state, green.state);
  EXPECT_EQ(again.id, green.id);
  EXPECT_EQ(again.occurrence, green.occurrence);
  EXPECT_EQ(run("action_run_failure", forgejo_body("failure", {{"status", "unknown"}})).state.results,
            Results::exception);
  EXPECT_EQ(
      run("action_run_success", forgejo_body("success", {{"status", "running"}, {"need_approval", true}}))
          .state.phase,
      Phase::waits);
}

TEST_F(GiteaHookTest, PullRequestsOfForgejo) {
  const json::object pull{
      {"prettyref", "#7"}, {"trigger_event", "pull_request"}, {"is_fork_pull_request", true}};
  const hook::Run made = run("action_run_failure", forgejo_body("failure", pull));
  EXPECT_EQ(made.branch, "refs/pull/7/head");
  EXPECT_EQ(made.pull_request, 7);
  EXPECT_TRUE(made.from_fork);
  EXPECT_EQ(run("action_run_failure",
                forgejo_body("failure", {{"trigger_event", "pull_request_target"}, {"prettyref", "main"}}))
                .branch,
            "unknown:main");
}

TEST_F(GiteaHookTest, WhatIsNotWantedIsIgnored) {
  for (const char* event : {"push", "create", "pull_request", "no such event"})
    EXPECT_EQ(ignored(event, {}), event);
  EXPECT_EQ(ignored("", {}), "no X-Gitea-Event");
  settings_->repos = {"other/*"};
  EXPECT_EQ(ignored("workflow_run", run_body("completed")),
            "workflow_run of acme/bells, which repos= does not name");
  EXPECT_EQ(ignored("action_run_failure", forgejo_body("failure")),
            "action_run_failure of acme/bells, which repos= does not name");
  settings_->repos = {"acme/*"};
  EXPECT_EQ(ignored("workflow_run", run_body("completed")), "");
}

TEST_F(GiteaHookTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(refused("workflow_run", {}), "repository.full_name: missing");
  EXPECT_EQ(refused("workflow_run", {{"repository", own_repository()}}), "workflow_run: missing");
  EXPECT_EQ(refused("workflow_run", run_body("completed", {{"id", "x"}})),
            "workflow_run.id: must be a whole number, not a string");
  EXPECT_EQ(refused("action_run_success", forgejo_body("success", {{"index_in_repo", nullptr}})),
            "run.index_in_repo: must be a whole number, not null");
  EXPECT_EQ(refused("action_run_success", {}), "run.repository.full_name: missing");
  json::object body = run_body("completed");
  body["repository"] = json::object{{"full_name", "../.."}};
  EXPECT_EQ(refused("workflow_run", body), "repository.full_name: is no name of a repository");
}

TEST_F(GiteaHookTest, EachSignatureIsTaken) {
  const std::string body = "{}";
  const std::string digest = hex_encode(hook::hmac_sha256("hush", body));
  const auto right = [&](const char* name, const std::string& value) {
    web::Head head;
    head.headers = {{name, value}};
    return hook_.may_be_right(head) && hook_.is_right(head, body, 0);
  };
  EXPECT_TRUE(right("x-gitea-signature", digest));
  EXPECT_TRUE(right("x-forgejo-signature", digest));
  EXPECT_TRUE(right("x-hub-signature-256", "sha256=" + digest));
  EXPECT_FALSE(right("x-gitea-signature", ""));
  EXPECT_FALSE(right("x-gitea-signature", digest.substr(1)));
  EXPECT_FALSE(right("x-hub-signature-256", digest));
  EXPECT_FALSE(right("x-gitea-signature", hex_encode(hook::hmac_sha256("other", body))));
  EXPECT_FALSE(right("x-hub-signature", digest));
  settings_->secrets.emplace_back("other");
  EXPECT_TRUE(right("x-gitea-signature", hex_encode(hook::hmac_sha256("other", body))));
}

TEST_F(GiteaHookTest, AFormHasThePayloadInAField) {
  web::Request request;
  request.content_type = "application/x-www-form-urlencoded";
  request.headers = {{"x-gitea-event", "workflow_run"}};
  request.body = "payload=" + percent_encode(json::serialize(run_body("completed")));
  auto heard = hook_.hear(request, request.body, 0);
  ASSERT_TRUE(heard.has_value()) << heard.error().what;
  EXPECT_EQ(heard->runs.size(), 1U);
}

}  // namespace
}  // namespace carillon::source::gitea
