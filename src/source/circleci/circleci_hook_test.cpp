#include "source/circleci/circleci_hook.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "source/circleci/circleci_run.hpp"

namespace carillon::source::circleci {
namespace {

using hook::Phase;

json::object pipeline() {
  return {{"id", "1285fe1d"},
          {"number", 130},
          {"created_at", "2021-09-01T22:49:03.544Z"},
          {"trigger", {{"type", "webhook"}}},
          {"vcs",
           {{"provider_name", "github"},
            {"origin_repository_url", "https://github.com/acme/app"},
            {"target_repository_url", "https://github.com/acme/app"},
            {"revision", "1dc6aa69"},
            {"branch", "main"},
            {"tag", ""},
            {"commit",
             {{"subject", "Ring louder"},
              {"body", "Much louder"},
              {"author", {{"name", "Ann"}, {"email", "ann@example.org"}}},
              {"authored_at", "2021-09-01T22:48:53Z"}}}}}};
}

json::object workflow(const char* status = "failed") {
  return {{"id", "fda08377"},
          {"name", "build"},
          {"created_at", "2021-09-01T22:49:03.616Z"},
          {"stopped_at", "2021-09-01T22:49:34.170Z"},
          {"url", "https://app.circleci.com/pipelines/github/acme/app/130/workflows/fda08377"},
          {"status", status}};
}

json::object body(json::object changes = {}) {
  json::object made{{"id", "3888f21b"},
                    {"type", "workflow-completed"},
                    {"project", {{"slug", "github/acme/app"}}},
                    {"workflow", workflow()},
                    {"pipeline", pipeline()}};
  for (const auto& [name, value] : changes)
    made[name] = value;
  return made;
}

json::object job_body() {
  json::object of = workflow();
  of.erase("status");
  return body({{"workflow", of},
               {"job",
                {{"id", "8b91f9a8"},
                 {"name", "test"},
                 {"number", 136},
                 {"status", "failed"},
                 {"started_at", "2021-09-01T22:49:28.841Z"},
                 {"stopped_at", "2021-09-01T22:49:34.170Z"}}}});
}

class CircleCIHookTest : public testing::Test {
 protected:
  CircleCIHookTest() { settings_->secrets = {Secret("old"), Secret("hush")}; }

  Result<hook::Heard> hear(const json::object& object, const std::string& event = "workflow-completed") {
    web::Head head;
    const std::string text = json::serialize(object);
    head.headers = {{"circleci-event-type", event},
                    {"circleci-signature", "v1=" + hex_encode(hook::hmac_sha256("hush", text))}};
    EXPECT_TRUE(hook_.may_be_right(head));
    EXPECT_TRUE(hook_.is_right(head, text, 0));
    return hook_.hear(head, text, 0);
  }
  hook::Run run(const json::object& object) {
    auto heard = hear(object);
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }
  std::string refused(const json::object& object, const std::string& event = "workflow-completed") {
    auto heard = hear(object, event);
    return heard ? "taken" : heard.error().what;
  }

  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  CircleCIHook hook_{settings_};
};

TEST_F(CircleCIHookTest, AnEndOfAWorkflow) {
  const hook::Run made = run(body());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "workflow-fda08377");
  EXPECT_EQ(made.number, 130);
  EXPECT_EQ(made.project, "github/acme/app");
  EXPECT_EQ(made.pipeline, "build");
  EXPECT_EQ(made.submitted, 1'630'536'543);
  EXPECT_EQ(made.started, 1'630'536'543);
  EXPECT_EQ(made.ended, 1'630'536'574);
  EXPECT_EQ(made.occurrence, "1630536543");
  EXPECT_EQ(made.revision, "1dc6aa69");
  EXPECT_EQ(made.branch, "main");
  EXPECT_FALSE(made.from_fork);
  EXPECT_EQ(made.repository, "https://github.com/acme/app");
  EXPECT_EQ(made.commit.message, "Ring louder\n\nMuch louder");
  EXPECT_EQ(made.commit.mail, "ann@example.org");
  EXPECT_EQ(made.reason, "Ring louder");
  EXPECT_EQ(made.event, "webhook");
}

TEST_F(CircleCIHookTest, EachStatusHasItsResult) {
  const std::pair<const char*, Results> statuses[] = {
      {"success", Results::success},    {"failed", Results::failure},         {"error", Results::exception},
      {"canceled", Results::cancelled}, {"unauthorized", Results::exception}, {"not_run", Results::skipped},
      {"purple", Results::exception},
  };
  for (const auto& [status, results] : statuses) {
    EXPECT_EQ(run(body({{"workflow", workflow(status)}})).state, (hook::State{Phase::ended, results}))
        << status;
  }
}

TEST_F(CircleCIHookTest, WorkflowsOfOneNameAndPipelineAreTriesOfOneBuild) {
  json::object again = workflow("success");
  again["id"] = "0000";
  json::object other = workflow();
  other["name"] = "docs";
  const hook::Run first = run(body());
  EXPECT_EQ(run(body({{"workflow", again}})).tries_of, first.tries_of);
  EXPECT_NE(run(body({{"workflow", again}})).id, first.id);
  EXPECT_NE(run(body({{"workflow", other}})).tries_of, first.tries_of);
}

TEST_F(CircleCIHookTest, PullRequestsOfForks) {
  json::object of = pipeline();
  json::object& vcs = of["vcs"].get_object();
  vcs["origin_repository_url"] = "https://github.com/eve/app";
  vcs["branch"] = "main";
  const hook::Run unknown = run(body({{"pipeline", of}}));
  EXPECT_TRUE(unknown.from_fork);
  EXPECT_EQ(unknown.branch, "eve:main");
  EXPECT_EQ(unknown.head_repository, "eve/app");
  vcs["branch"] = "pull/7";
  const hook::Run known = run(body({{"pipeline", of}}));
  EXPECT_EQ(known.branch, "refs/pull/7/head");
  EXPECT_EQ(known.pull_request, 7);
}

TEST_F(CircleCIHookTest, TagsAreTold) {
  json::object of = pipeline();
  of["vcs"].get_object()["tag"] = "v1";
  EXPECT_EQ(run(body({{"pipeline", of}})).branch, "refs/tags/v1");
}

TEST_F(CircleCIHookTest, WhereTheTriggerSaysWhereTheCodeIs) {
  json::object of = pipeline();
  of.erase("vcs");
  of["trigger_parameters"] = {{"git", {{"checkout_sha", "abc"}, {"branch", "main"}, {"tag", ""}}},
                              {"gitlab",
                               {{"web_url", "https://gitlab.com/acme/app"},
                                {"commit_author_name", "Ann"},
                                {"commit_author_email", "ann@example.org"},
                                {"commit_message", "Ring"},
                                {"user_username", "ann"}}}};
  const hook::Run made = run(body({{"pipeline", of}}));
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.repository, "https://gitlab.com/acme/app");
  EXPECT_EQ(made.owner, "ann");
  EXPECT_EQ(made.commit.author, "Ann");
  EXPECT_EQ(made.commit.message, "Ring");
}

TEST_F(CircleCIHookTest, AJobIsPartOfItsWorkflow) {
  auto heard = hear(job_body(), "job-completed");
  ASSERT_TRUE(heard) << heard.error().what;
  ASSERT_EQ(heard->jobs.size(), 1U);
  const hook::JobOfRun& made = heard->jobs.front();
  EXPECT_EQ(made.run, "workflow-fda08377");
  EXPECT_EQ(made.job.name, "test");
  EXPECT_EQ(made.job.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.job.url,
            "https://app.circleci.com/pipelines/github/acme/app/130/workflows/fda08377/jobs/136");
  EXPECT_EQ(made.alone.id, "job-8b91f9a8");
  EXPECT_EQ(made.alone.of_run, "workflow-fda08377");
  EXPECT_EQ(made.alone.job, "test");
  EXPECT_EQ(made.alone.number, 130);
  EXPECT_NE(made.alone.tries_of, run(body()).tries_of);
  EXPECT_TRUE(heard->notes.empty());
}

TEST_F(CircleCIHookTest, WhatIsNotWantedIsIgnored) {
  EXPECT_EQ(hear({}, "ping")->ignored, "ping");
  EXPECT_EQ(hear({}, "")->ignored, "no circleci-event-type");
  json::object no_workflow = job_body();
  no_workflow.erase("workflow");
  EXPECT_EQ(hear(no_workflow, "job-completed")->ignored, "job-completed of no workflow");
  settings_->projects = {"github/acme/*"};
  EXPECT_EQ(hear(body())->ignored, "");
  EXPECT_EQ(hear(body({{"project", {{"slug", "gh/acme/app"}}}}))->ignored, "");
  EXPECT_EQ(hear(body({{"project", {{"slug", "gh/evil/app"}}}}))->ignored,
            "workflow-completed of github/evil/app, which projects= does not name");
}

TEST_F(CircleCIHookTest, WhatIsMissingIsNamedWithItsPath) {
  EXPECT_EQ(refused({}), "project.slug: missing");
  EXPECT_EQ(refused(body({{"project", {{"slug", "../../me"}}}})), "project.slug: is no slug of a project");
  EXPECT_EQ(refused(body({{"workflow", nullptr}})), "workflow: must be an object, not null");
  EXPECT_EQ(refused(body({{"pipeline", json::object()}})), "pipeline.number: missing");
  json::object bare = workflow();
  bare.erase("status");
  EXPECT_EQ(refused(body({{"workflow", bare}})), "workflow.status: missing");
  bare.erase("id");
  bare["status"] = "success";
  EXPECT_EQ(refused(body({{"workflow", bare}})), "workflow.id: missing");
  json::object job = job_body();
  job["job"].get_object().erase("name");
  EXPECT_EQ(refused(job, "job-completed"), "job.name: missing");
}

TEST_F(CircleCIHookTest, OnlyTheNewestSignatureCounts) {
  const std::string right = hex_encode(hook::hmac_sha256("hush", "{}"));
  const auto is_right = [&](const std::string& shown) {
    web::Head head;
    head.headers = {{"circleci-signature", shown}};
    return hook_.may_be_right(head) && hook_.is_right(head, "{}", 0);
  };
  EXPECT_TRUE(is_right("v1=" + right));
  EXPECT_TRUE(is_right("v2=abc,v1=" + right));
  EXPECT_FALSE(is_right("v1=" + right.substr(1)));
  EXPECT_FALSE(is_right("v0=" + right));
  EXPECT_FALSE(is_right(right));
  EXPECT_FALSE(is_right(""));
}

TEST(CircleCISlug, IsPartOfAnAddress) {
  EXPECT_TRUE(is_slug("github/acme/app"));
  EXPECT_TRUE(is_slug("circleci/9YytKzouJxzu4TjCRFqAoD/44n9wujWcTnVZ2b5S8Fnat"));
  for (const char* text :
       {"", "acme/app", "github/acme/app/x", "github//app", "github/../app", "a/b/c?d", "/a/b/c"})
    EXPECT_FALSE(is_slug(text)) << text;
  EXPECT_EQ(workflow_of(run_id("fda08377")), "fda08377");
  EXPECT_EQ(workflow_of("workflow-.."), "");
  EXPECT_EQ(workflow_of("run-7"), "");
}

}  // namespace
}  // namespace carillon::source::circleci
