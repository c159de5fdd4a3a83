#include "source/gitlab/gitlab_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "source/gitlab/gitlab_sample.hpp"

namespace carillon::source::gitlab {
namespace {

using hook::Phase;

class GitLabHookTest : public testing::Test {
 protected:
  web::Request delivery(std::string event, std::string body) const {
    web::Request request;
    request.headers = {{"x-gitlab-event", std::move(event)},
                       {"x-gitlab-token", "hush"},
                       {"x-gitlab-instance", "https://GitLab.example.org"},
                       {"x-gitlab-event-uuid", "13792a34"},
                       {"idempotency-key", "f5e5f430"}};
    request.content_type = "application/json";
    request.body = std::move(body);
    return request;
  }
  Result<hook::Heard> hear(const std::string& event, const json::object& body) const {
    const web::Request request = delivery(event, json::serialize(body));
    EXPECT_TRUE(hook_.may_be_right(request));
    EXPECT_TRUE(hook_.is_right(request, request.body, 0));
    return hook_.hear(request, request.body, 0);
  }
  hook::Run run(const json::object& body) const {
    auto heard = hear("Pipeline Hook", body);
    if (!heard || heard->runs.size() != 1) {
      ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
      return {};
    }
    return heard->runs.front();
  }
  hook::JobOfRun job(const json::object& body) const {
    auto heard = hear("Job Hook", body);
    if (!heard || heard->jobs.size() != 1) {
      ADD_FAILURE() << (heard ? "no job: " + heard->ignored : heard.error().what);
      return {};
    }
    return heard->jobs.front();
  }
  std::string ignored(const std::string& event, const json::object& body) const {
    auto heard = hear(event, body);
    return heard ? heard->ignored : "refused: " + heard.error().what;
  }
  std::string refused(const std::string& event, const json::object& body) const {
    auto heard = hear(event, body);
    return heard ? "taken" : heard.error().what;
  }

  std::shared_ptr<Settings> settings_ = sample_settings();
  GitLabHook hook_{settings_};
};

TEST_F(GitLabHookTest, AnEndOfAPipeline) {
  const hook::Run made = run(pipeline_body({{"status", "failed"}}));
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "pipeline-31");
  EXPECT_EQ(made.occurrence, "1471015589");
  EXPECT_EQ(made.number, 12);
  EXPECT_EQ(made.numeric_id, 31);
  EXPECT_EQ(made.project, "team/sub/app");
  EXPECT_EQ(made.pipeline, "");
  EXPECT_EQ(made.submitted, 1'471'015'408);
  EXPECT_EQ(made.started, 1'471'015'496);  // that of the first job
  EXPECT_EQ(made.ended, 1'471'015'589);
  EXPECT_EQ(made.url, "https://gitlab.example.org/team/sub/app/-/pipelines/31");
  EXPECT_EQ(made.repository, "https://gitlab.example.org/team/sub/app.git");
  EXPECT_EQ(made.revision, "bcbb5ec3");
  EXPECT_EQ(made.branch, "main");
  EXPECT_FALSE(made.from_fork);
  EXPECT_EQ(made.commit.author, "Ann");
  EXPECT_EQ(made.commit.mail, "ann@example.org");
  EXPECT_EQ(made.commit.message, "Ring louder\n");
  EXPECT_EQ(made.commit.when, 1'471'015'401);
  EXPECT_EQ(made.event, "push");
  EXPECT_EQ(made.owner, "ann");
  EXPECT_THAT(made.properties, testing::Contains(testing::Pair("gitlab_pipeline_id", json::value(31))));
  EXPECT_THAT(made.properties, testing::Contains(testing::Pair("gitlab_project_id", json::value(5))));
  EXPECT_EQ(hear("Pipeline Hook", pipeline_body({}))->delivery, "f5e5f430");
}

TEST_F(GitLabHookTest, EachStatusHasItsState) {
  const std::pair<const char*, hook::State> statuses[] = {
      {"success", {Phase::ended, Results::success}},
      {"failed", {Phase::ended, Results::failure}},
      {"canceled", {Phase::ended, Results::cancelled}},
      {"skipped", {Phase::ended, Results::skipped}},
      {"created", {Phase::waits}},
      {"waiting_for_resource", {Phase::waits}},
      {"waiting_for_callback", {Phase::waits}},
      {"preparing", {Phase::waits}},
      {"pending", {Phase::waits}},
      {"scheduled", {Phase::waits}},
      {"manual", {Phase::waits}},
      {"running", {Phase::runs}},
      {"canceling", {Phase::runs}},
      {"exploded", {Phase::ended, Results::exception}},
  };
  for (const auto& [status, state] : statuses) {
    const hook::Run made = run(pipeline_body({{"status", status}}));
    EXPECT_EQ(made.state, state) << status;
    EXPECT_EQ(made.ended.has_value(), state.phase == Phase::ended) << status;
  }
  EXPECT_THAT(hear("Pipeline Hook", pipeline_body({{"status", "exploded"}}))->notes,
              testing::ElementsAre("pipeline: unknown result 'exploded'"));
  EXPECT_EQ(ignored("Pipeline Hook", pipeline_body({{"status", "musing"}, {"finished_at", nullptr}})),
            "pipeline that is musing");
}

TEST_F(GitLabHookTest, JobsThatMayFailAreWarnings) {
  const hook::Run made = run(pipeline_body({{"detailed_status", "passed with warnings"}}));
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::warnings}));
  EXPECT_EQ(made.said, "passed with warnings");
  // Only a success can be one with warnings.
  EXPECT_EQ(run(pipeline_body({{"status", "failed"}, {"detailed_status", "passed with warnings"}})).state,
            (hook::State{Phase::ended, Results::failure}));
}

TEST_F(GitLabHookTest, APipelineThatIsReopenedEndsAgain) {
  const hook::Run first = run(pipeline_body({{"status", "failed"}}));
  const hook::Run open = run(pipeline_body({{"status", "running"}}));
  const hook::Run second = run(pipeline_body({{"finished_at", "2016-08-12T16:00:00.123Z"}}));
  EXPECT_EQ(open.occurrence, "");
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.occurrence, "1471017600");
  // A pipeline of nothing but manual jobs ends at no moment.
  EXPECT_EQ(run(pipeline_body({{"status", "skipped"}, {"finished_at", nullptr}})).occurrence, "0");
}

TEST_F(GitLabHookTest, JobsAreStepsInTheOrderOfTheirStages) {
  const hook::Run made = run(pipeline_body({}));
  std::vector<std::string> names;
  for (const hook::Job& step : made.jobs)
    names.push_back(step.name);
  EXPECT_THAT(names, testing::ElementsAre("build-image", "unit", "lint", "staging", "production"));
  EXPECT_EQ(made.jobs[0].id, "376");
  EXPECT_EQ(made.jobs[0].url, "https://gitlab.example.org/team/sub/app/-/jobs/376");
  EXPECT_EQ(made.jobs[0].started, 1'471'015'496);
  EXPECT_EQ(made.jobs[0].ended, 1'471'015'526);
  EXPECT_EQ(made.jobs[0].worker, "runner 6");
  EXPECT_EQ(made.jobs[0].said, "");
  EXPECT_EQ(made.jobs[1].state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.jobs[1].said, "failed: script failure");
  EXPECT_EQ(made.jobs[2].state, (hook::State{Phase::ended, Results::warnings}));
  EXPECT_EQ(made.jobs[2].said, "failed, as it may: script failure");
  EXPECT_EQ(made.jobs[3].state, (hook::State{Phase::waits}));
  EXPECT_EQ(made.jobs[4].said, "manual");
  EXPECT_FALSE(made.jobs[1].has_log);  // without a token
  settings_->token = Secret("token");
  const hook::Run asked = run(pipeline_body({}));
  EXPECT_TRUE(asked.jobs[1].has_log);
  EXPECT_FALSE(asked.jobs[0].has_log);  // it went well
}

TEST_F(GitLabHookTest, WhatTheScriptCannotHelpIsAnException) {
  for (const char* reason : {"runner_system_failure", "stuck_or_timeout_failure", "scheduler_failure",
                             "api_failure", "data_integrity_failure"}) {
    json::object body = pipeline_body({});
    body["builds"] = json::array{build("unit", 1, "test", "failed", {{"failure_reason", reason}})};
    EXPECT_EQ(run(body).jobs.at(0).state, (hook::State{Phase::ended, Results::exception})) << reason;
  }
  json::object body = pipeline_body({});
  body["builds"] = json::array{build("unit", 1, "test", "success", {{"failure_reason", "unknown_failure"}})};
  EXPECT_EQ(run(body).jobs.at(0).said, "");
}

TEST_F(GitLabHookTest, AMergeRequestIsNeverTheBareBranch) {
  json::object body = pipeline_body({{"source", "merge_request_event"}, {"ref", "main"}});
  body["merge_request"] = merge_request(5);
  const hook::Run own = run(body);
  EXPECT_EQ(own.branch, "refs/merge-requests/7/head");
  EXPECT_EQ(own.pull_request, 7);
  EXPECT_EQ(own.pull_request_url, "https://gitlab.example.org/team/sub/app/-/merge_requests/7");
  EXPECT_EQ(own.base_branch, "main");
  EXPECT_EQ(own.head_branch, "louder");
  EXPECT_EQ(own.head_repository, "team/sub/app");
  EXPECT_EQ(own.reason, "Ring louder");
  EXPECT_FALSE(own.from_fork);
  EXPECT_THAT(own.properties, testing::Contains(testing::Pair("source_project_id", json::value(5))));
  body["merge_request"] = merge_request(666);
  const hook::Run fork = run(body);
  EXPECT_TRUE(fork.from_fork);
  EXPECT_EQ(fork.branch, "refs/merge-requests/7/head");
  EXPECT_EQ(fork.head_repository, "");
}

TEST_F(GitLabHookTest, ATagIsNoBranch) {
  EXPECT_EQ(run(pipeline_body({{"tag", true}, {"ref", "v1.0"}})).branch, "refs/tags/v1.0");
}

TEST_F(GitLabHookTest, NamesAndNumbersOfPipelines) {
  EXPECT_EQ(run(pipeline_body({{"name", "nightly"}})).pipeline, "nightly");
  EXPECT_EQ(run(pipeline_body({{"iid", nullptr}})).number, 31);
  EXPECT_EQ(run(pipeline_body({{"url", "https://gitlab.example.org/x"}})).url,
            "https://gitlab.example.org/x");
}

TEST_F(GitLabHookTest, AChildPipelineIsABuildUnlessItIsNotWanted) {
  json::object body = pipeline_body({{"source", "parent_pipeline"}});
  body["source_pipeline"] = json::object{
      {"project", json::object{{"path_with_namespace", "team/sub/app"}}}, {"pipeline_id", 30}, {"job_id", 3}};
  EXPECT_THAT(run(body).properties,
              testing::Contains(testing::Pair("gitlab_parent_pipeline_id", json::value(30))));
  settings_->children = false;
  EXPECT_EQ(ignored("Pipeline Hook", body), "a child pipeline, as children=False");
  // A pipeline of another project is no child.
  body["object_attributes"].as_object()["source"] = "pipeline";
  EXPECT_EQ(ignored("Pipeline Hook", body), "");
}

TEST_F(GitLabHookTest, AJobIsABuildOfItsOwn) {
  EXPECT_EQ(ignored("Job Hook", job_body({})), "Job Hook: hooks of pipelines tell of their jobs");
  settings_->shape.builds = hook::Granularity::job;
  const hook::JobOfRun made = job(job_body({}));
  EXPECT_EQ(made.run, "pipeline-31");
  EXPECT_EQ(made.job.name, "unit");
  const hook::Run& alone = made.alone;
  EXPECT_EQ(alone.id, "job-377");
  EXPECT_EQ(alone.of_run, "pipeline-31");
  EXPECT_EQ(alone.number, 377);
  EXPECT_EQ(alone.attempt, 2);
  EXPECT_EQ(alone.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(alone.said, "failed: script failure");
  EXPECT_EQ(alone.project, "team/sub/app");
  EXPECT_EQ(alone.pipeline, "nightly");
  EXPECT_EQ(alone.job, "unit");
  EXPECT_EQ(alone.revision, "bcbb5ec3");  // commit.id is the pipeline's
  EXPECT_EQ(alone.commit.revision, "bcbb5ec3");
  EXPECT_EQ(alone.commit.mail, "ann@example.org");
  EXPECT_EQ(alone.branch, "main");
  EXPECT_EQ(alone.submitted, 1'673'358'602);
  EXPECT_EQ(alone.started, 1'673'358'605);
  EXPECT_EQ(alone.ended, 1'673'358'654);
  EXPECT_EQ(alone.url, "https://gitlab.example.org/team/sub/app/-/jobs/377");
  EXPECT_EQ(alone.worker, "runner 6");
  EXPECT_THAT(alone.tags, testing::ElementsAre("linux", "docker"));
  ASSERT_EQ(alone.jobs.size(), 1U);
  EXPECT_EQ(alone.jobs.front().id, "377");
}

TEST_F(GitLabHookTest, JobsSayTheirState) {
  settings_->shape.builds = hook::Granularity::job;
  // The reason of a job that went well means nothing.
  const hook::JobOfRun good =
      job(job_body({{"build_status", "success"}, {"build_failure_reason", "unknown_failure"}}));
  EXPECT_EQ(good.job.state, (hook::State{Phase::ended, Results::success}));
  EXPECT_EQ(good.job.said, "");
  EXPECT_EQ(job(job_body({{"build_allow_failure", true}})).job.state,
            (hook::State{Phase::ended, Results::warnings}));
  EXPECT_EQ(job(job_body({{"build_failure_reason", "runner_system_failure"}})).job.state,
            (hook::State{Phase::ended, Results::exception}));
  EXPECT_EQ(job(job_body({{"build_status", "running"}})).alone.ended, std::nullopt);
  EXPECT_EQ(job(job_body({{"build_status", "exploded"}})).job.state,
            (hook::State{Phase::ended, Results::exception}));
  EXPECT_EQ(job(job_body({{"build_status", "musing"}, {"build_finished_at", nullptr}})).job.state,
            (hook::State{Phase::waits}));
  EXPECT_EQ(job(job_body({{"retries_count", nullptr}})).alone.attempt, 1);
  EXPECT_EQ(job(job_body({{"ref", "refs/merge-requests/7/merge"}})).alone.branch,
            "refs/merge-requests/7/head");
}

TEST_F(GitLabHookTest, TheProjectOfAJobIsWhereItsPageIs) {
  settings_->shape.builds = hook::Granularity::both;
  settings_->url = "https://gitlab.example.org/git/";
  json::object body = job_body({});
  body["repository"] = json::object{{"homepage", "https://gitlab.example.org/git/team/app"}};
  EXPECT_EQ(job(body).alone.project, "team/app");
  body["project"] = json::object{{"path_with_namespace", "team/new"}};
  EXPECT_EQ(job(body).alone.project, "team/new");
  body["project"] = nullptr;
  body["repository"] = json::object{{"homepage", "https://gitlab.example.org/team/app"}};
  EXPECT_EQ(refused("Job Hook", body), "repository.homepage: missing");
}

TEST_F(GitLabHookTest, WhatIsNotWantedIsIgnored) {
  for (const char* event : {"Push Hook", "Merge Request Hook", "System Hook", "no such event"})
    EXPECT_EQ(ignored(event, {}), event);
  EXPECT_EQ(ignored("", {}), "no X-Gitlab-Event");
  settings_->projects = {"other/*"};
  EXPECT_EQ(ignored("Pipeline Hook", pipeline_body({})),
            "Pipeline Hook of team/sub/app, which projects= does not name");
  settings_->projects = {"team/*"};
  EXPECT_EQ(ignored("Pipeline Hook", pipeline_body({})), "");
}

TEST_F(GitLabHookTest, ACustomTemplateIsNotRead) {
  const auto heard = hear("Pipeline Hook", {{"text", "a pipeline ended"}});
  ASSERT_TRUE(heard.has_value());
  EXPECT_EQ(heard->ignored, "Pipeline Hook without its object_kind");
  EXPECT_THAT(heard->notes, testing::ElementsAre(testing::HasSubstr("custom template")));
  EXPECT_EQ(ignored("Job Hook", pipeline_body({})), "Job Hook without its object_kind");
}

TEST_F(GitLabHookTest, WhatIsMissingIsNamed) {
  const auto with = [](const char* name, json::value value) {
    return pipeline_body({{name, std::move(value)}});
  };
  EXPECT_EQ(refused("Pipeline Hook", {{"object_kind", "pipeline"}}), "object_attributes: missing");
  EXPECT_EQ(refused("Pipeline Hook", with("id", "x")),
            "object_attributes.id: must be a whole number, not a string");
  EXPECT_EQ(refused("Pipeline Hook", with("status", nullptr)),
            "object_attributes.status: must be a string, not null");
  json::object body = pipeline_body({});
  body["project"] = json::object{{"path_with_namespace", "team/../app"}};
  EXPECT_EQ(refused("Pipeline Hook", body), "project.path_with_namespace: is no name of a project");
  body["project"] = json::object{};
  EXPECT_EQ(refused("Pipeline Hook", body), "project.path_with_namespace: missing");
  settings_->shape.builds = hook::Granularity::job;
  EXPECT_EQ(refused("Job Hook", job_body({{"build_id", nullptr}})),
            "build_id: must be a whole number, not null");
  EXPECT_EQ(refused("Job Hook", job_body({{"build_name", ""}})), "build_name: empty");
  EXPECT_EQ(refused("Job Hook", job_body({{"pipeline_id", nullptr}})),
            "pipeline_id: must be a whole number, not null");
}

TEST_F(GitLabHookTest, AnotherServerIsRefused) {
  web::Request request = delivery("Pipeline Hook", json::serialize(pipeline_body({})));
  request.headers["x-gitlab-instance"] = "https://gitlab.com";
  EXPECT_EQ(hook_.hear(request, request.body, 0).error().what,
            "X-Gitlab-Instance: is not the server of url=");
  request.headers.erase("x-gitlab-instance");
  EXPECT_TRUE(hook_.hear(request, request.body, 0).has_value());
}

TEST_F(GitLabHookTest, OnlyWhoKnowsATokenIsHeard) {
  web::Request request = delivery("Pipeline Hook", "{}");
  for (const char* token : {"", "hus", "hush ", "HUSH", "hushh"}) {
    request.headers["x-gitlab-token"] = token;
    EXPECT_FALSE(hook_.may_be_right(request)) << token;
    EXPECT_FALSE(hook_.is_right(request, request.body, 0)) << token;
  }
  settings_->secrets = {Secret("new"), Secret("hush")};
  request.headers["x-gitlab-token"] = "hush";
  EXPECT_TRUE(hook_.may_be_right(request));
  EXPECT_TRUE(hook_.is_right(request, request.body, 0));
  // A header of no value shows nothing.
  settings_->secrets.clear();
  request.headers["x-gitlab-token"] = "";
  EXPECT_FALSE(hook_.may_be_right(request));
}

TEST_F(GitLabHookTest, OnlyWhoKnowsASigningTokenIsHeard) {
  constexpr std::int64_t now = 1'700'000'000;
  settings_->secrets.clear();
  settings_->signing = {Secret("whsec_" + base64_encode("the key")), Secret("plain")};
  web::Request request = delivery("Pipeline Hook", "{}");
  const auto sign = [&](std::string_view key, std::string_view body) {
    return "v1," + base64_encode(hook::hmac_sha256(key, "f5e5f430.1700000000." + std::string(body)));
  };
  // Nobody is let in by a secret token where none is configured.
  EXPECT_FALSE(hook_.may_be_right(request));
  request.headers["webhook-id"] = "f5e5f430";
  request.headers["webhook-timestamp"] = "1700000000";
  for (const char* key : {"the key", "plain"}) {
    request.headers["webhook-signature"] = "v2,x " + sign(key, "{}");
    EXPECT_TRUE(hook_.may_be_right(request));
    EXPECT_TRUE(hook_.is_right(request, "{}", now + 299)) << key;
    EXPECT_FALSE(hook_.is_right(request, "{}", now + 301)) << key;
    EXPECT_FALSE(hook_.is_right(request, "{} ", now)) << key;
  }
  for (const std::string& shown : {std::string("v1,"), std::string("v1,AAAA"), sign("another", "{}")}) {
    request.headers["webhook-signature"] = shown;
    EXPECT_FALSE(hook_.is_right(request, "{}", now)) << shown;
  }
  request.headers["webhook-signature"] = "sha256=00";
  EXPECT_FALSE(hook_.may_be_right(request));
}

TEST_F(GitLabHookTest, AdviceNamesWhatToTick) {
  const auto text = [&] { return testing::PrintToString(hook_.advice("https://c.example.org/hook/gitlab")); };
  EXPECT_THAT(text(),
              testing::AllOf(testing::HasSubstr("URL: https://c.example.org/hook/gitlab"),
                             testing::HasSubstr("Secret token"), testing::HasSubstr("Pipeline events"),
                             testing::Not(testing::HasSubstr("Job events"))));
  settings_->shape.builds = hook::Granularity::both;
  settings_->signing = {Secret("x")};
  EXPECT_THAT(text(), testing::AllOf(testing::HasSubstr("Signing token"),
                                     testing::HasSubstr("Pipeline events, Job events")));
}

TEST(GitLabProjectTest, NamesArePlain) {
  for (const char* name : {"team/app", "a/b/c/d", "A-b/c.d_e"})
    EXPECT_TRUE(is_project(name)) << name;
  for (const char* name :
       {"", "team", "/app", "team/", "team//app", "../app", "team/..", "team/./app", "team/a b", "team/a?b"})
    EXPECT_FALSE(is_project(name)) << name;
}

}  // namespace
}  // namespace carillon::source::gitlab
