#include "source/buildkite/buildkite_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "source/buildkite/buildkite_run.hpp"

namespace carillon::source::buildkite {
namespace {

using hook::Phase;
using testing::ElementsAre;
using testing::Pair;

json::object build(json::object changes = {}) {
  json::object made{{"id", "f62a1b4d"},
                    {"number", 2},
                    {"state", "failed"},
                    {"blocked", false},
                    {"web_url", "https://buildkite.com/acme/app/builds/2"},
                    {"message", "Ring louder\n\nMuch"},
                    {"commit", "abcd0b72"},
                    {"branch", "main"},
                    {"source", "webhook"},
                    {"env", {{"RELEASE", "7"}, {"PASSWORD", "hush"}}},
                    {"meta_data", {{"channel", "beta"}}},
                    {"creator", {{"name", "Ann"}, {"email", "ann@example.org"}}},
                    {"created_at", "2015-05-09T21:05:59.874Z"},
                    {"started_at", "2015-05-09T21:06:59.874Z"},
                    {"finished_at", "2015-05-09T21:08:59.874Z"},
                    {"pull_request", json::object()},
                    {"rebuilt_from", nullptr}};
  for (const auto& [name, value] : changes)
    made[name] = value;
  return made;
}

json::object body(json::object of = build()) {
  return {{"build", std::move(of)},
          {"pipeline", {{"slug", "app"}, {"repository", "git@github.com:acme/app.git"}}}};
}

json::object job_body(json::object changes = {}) {
  json::object job{{"id", "b63254c0"},
                   {"type", "script"},
                   {"name", "RSpec"},
                   {"state", "failed"},
                   {"soft_failed", false},
                   {"exit_status", 3},
                   {"agent", {{"name", "my-agent"}}},
                   {"web_url", "https://buildkite.com/acme/app/builds/2#b63254c0"},
                   {"started_at", "2015-05-09T21:07:59.874Z"},
                   {"finished_at", "2015-05-09T21:08:59.874Z"},
                   {"retried", false}};
  for (const auto& [name, value] : changes)
    job[name] = value;
  json::object made = body();
  made["job"] = std::move(job);
  return made;
}

class BuildkiteHookTest : public testing::Test {
 protected:
  BuildkiteHookTest() { settings_->secrets = {Secret("hush"), Secret("new")}; }

  Result<hook::Heard> hear(const std::string& event, const json::object& object) {
    web::Head head;
    head.headers = {{"x-buildkite-event", event}};
    return hook_.hear(head, json::serialize(object), 0);
  }
  hook::Run run(const json::object& object, const std::string& event = "build.finished") {
    auto heard = hear(event, object);
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }
  hook::JobOfRun job(const json::object& object) {
    auto heard = hear("job.finished", object);
    if (heard && heard->jobs.size() == 1) return heard->jobs.front();
    ADD_FAILURE() << (heard ? "no job: " + heard->ignored : heard.error().what);
    return {};
  }
  std::string refused(const json::object& object, const std::string& event = "build.finished") {
    auto heard = hear(event, object);
    return heard ? "taken" : heard.error().what;
  }

  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  BuildkiteHook hook_{settings_};
};

TEST_F(BuildkiteHookTest, AnEndOfABuild) {
  const hook::Run made = run(body());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "build-f62a1b4d");
  EXPECT_EQ(made.occurrence, "1431205739");
  EXPECT_EQ(made.number, 2);
  EXPECT_EQ(made.project, "app");
  EXPECT_EQ(made.submitted, 1'431'205'559);
  EXPECT_EQ(made.started, 1'431'205'619);
  EXPECT_EQ(made.ended, 1'431'205'739);
  EXPECT_EQ(made.repository, "https://github.com/acme/app.git");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.revision, "abcd0b72");
  EXPECT_FALSE(made.from_fork);
  EXPECT_EQ(made.commit.author, "Ann");
  EXPECT_EQ(made.owner, "Ann");
  EXPECT_EQ(made.reason, "Ring louder");
  EXPECT_EQ(made.event, "webhook");
}

TEST_F(BuildkiteHookTest, EventsAreStates) {
  const std::tuple<const char*, const char*, hook::State> events[] = {
      {"build.scheduled", "scheduled", {Phase::waits, Results::success}},
      {"build.running", "running", {Phase::runs, Results::success}},
      {"build.running", "passed", {Phase::runs, Results::success}},
      {"build.failing", "failing", {Phase::runs, Results::success}},
      {"build.finished", "passed", {Phase::ended, Results::success}},
      {"build.finished", "failed", {Phase::ended, Results::failure}},
      {"build.finished", "canceled", {Phase::ended, Results::cancelled}},
      {"build.finished", "not_run", {Phase::ended, Results::skipped}},
      {"build.finished", "blocked", {Phase::waits, Results::success}},
      {"build.finished", "purple", {Phase::ended, Results::exception}},
      {"build.skipped", "skipped", {Phase::ended, Results::skipped}},
  };
  for (const auto& [event, state, expected] : events) {
    const hook::Run made = run(body(build({{"state", state}})), event);
    EXPECT_EQ(made.state, expected) << event << " " << state;
    EXPECT_EQ(made.occurrence.empty(), expected.phase != Phase::ended) << event << " " << state;
  }
}

TEST_F(BuildkiteHookTest, ABuildThatIsBlockedHasNotEnded) {
  const hook::Run waits = run(body(build({{"state", "passed"}, {"blocked", true}})));
  EXPECT_EQ(waits.state.phase, Phase::waits);
  EXPECT_EQ(waits.ended, std::nullopt);
  const hook::Run failed = run(body(build({{"state", "failed"}, {"blocked", true}})));
  EXPECT_EQ(failed.state.phase, Phase::waits);
}

TEST_F(BuildkiteHookTest, PullRequests) {
  const hook::Run own = run(body(build(
      {{"branch", "louder"},
       {"pull_request", {{"id", "7"}, {"base", "main"}, {"repository", "git://github.com/acme/app.git"}}}})));
  EXPECT_EQ(own.branch, "refs/pull/7/head");
  EXPECT_EQ(own.base_branch, "main");
  EXPECT_EQ(own.head_branch, "louder");
  EXPECT_EQ(own.pull_request_url, "https://github.com/acme/app/pull/7");
  EXPECT_FALSE(own.from_fork);
  const hook::Run fork =
      run(body(build({{"branch", "eve:main"},
                      {"pull_request", {{"id", 8}, {"repository", "https://github.com/eve/app"}}}})));
  EXPECT_TRUE(fork.from_fork);
  EXPECT_EQ(fork.pull_request, 8);
  EXPECT_EQ(fork.head_repository, "eve/app");
}

TEST_F(BuildkiteHookTest, OnlyWhatIsToBeKeptBecomesAProperty) {
  EXPECT_THAT(run(body()).properties, ElementsAre(Pair("buildkite_build_id", "f62a1b4d")));
  settings_->keep = {"channel", "RELEASE", "missing"};
  EXPECT_THAT(run(body()).properties, ElementsAre(Pair("channel", "beta"), Pair("RELEASE", "7"),
                                                  Pair("buildkite_build_id", "f62a1b4d")));
}

TEST_F(BuildkiteHookTest, WhyItWasBuiltOrNot) {
  EXPECT_EQ(run(body(build({{"rebuilt_from", {{"number", 1}}}}))).reason, "rebuilt from #1");
  EXPECT_EQ(run(body(build({{"state", "canceled"}, {"cancel_reason", "superseded"}}))).said, "superseded");
  EXPECT_EQ(run(body(build({{"commit", "HEAD"}}))).revision, "");
  EXPECT_EQ(run(body(build({{"author", {{"name", "Bob"}, {"email", "bob@example.org"}}}}))).commit.mail,
            "bob@example.org");
}

TEST_F(BuildkiteHookTest, AJobIsPartOfItsBuild) {
  const hook::JobOfRun made = job(job_body());
  EXPECT_EQ(made.run, "build-f62a1b4d");
  EXPECT_EQ(made.job.id, "b63254c0");
  EXPECT_EQ(made.job.name, "RSpec");
  EXPECT_EQ(made.job.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.job.said, "exit status 3");
  EXPECT_EQ(made.job.worker, "my-agent");
  EXPECT_EQ(made.alone.id, "job-b63254c0");
  EXPECT_EQ(made.alone.job, "RSpec");
  EXPECT_EQ(made.alone.occurrence, "1431205739");
  EXPECT_EQ(job(job_body({{"soft_failed", true}})).job.state, (hook::State{Phase::ended, Results::warnings}));
  EXPECT_EQ(job(job_body({{"retry_source", {{"job_id", "0194b92a"}}}})).job.instead_of, "0194b92a");
  EXPECT_EQ(job(job_body({{"name", nullptr}, {"command", "make"}})).job.name, "make");
}

TEST_F(BuildkiteHookTest, WhatIsNotWantedIsIgnored) {
  EXPECT_EQ(hear("ping", {})->ignored, "ping");
  EXPECT_EQ(hear("agent.connected", {})->ignored, "agent.connected");
  EXPECT_EQ(hear("", {})->ignored, "no X-Buildkite-Event");
  for (const auto& changes : {json::object{{"type", "manual"}}, json::object{{"retried", true}}}) {
    EXPECT_EQ(hear("job.finished", job_body(changes))->ignored,
              "job.finished of a job that runs no command, or was tried again");
  }
  settings_->pipelines = {"docs", "lib-*"};
  EXPECT_EQ(hear("build.finished", body())->ignored, "build.finished of app, which pipelines= does not name");
}

TEST_F(BuildkiteHookTest, WhatIsMissingIsNamedWithItsPath) {
  EXPECT_EQ(refused({}), "build: missing");
  EXPECT_EQ(refused({{"build", build()}}), "pipeline: missing");
  EXPECT_EQ(refused(body(build({{"id", 7}}))), "build.id: must be a string, not a number");
  EXPECT_EQ(refused(body(build({{"number", "2"}}))), "build.number: must be a whole number, not a string");
  json::object no_slug = body();
  no_slug["pipeline"] = json::object();
  EXPECT_EQ(refused(no_slug), "pipeline.slug: missing");
  no_slug["pipeline"] = {{"slug", "../x"}};
  EXPECT_EQ(refused(no_slug), "pipeline.slug: is no slug of a pipeline");
  EXPECT_EQ(refused(body(), "job.finished"), "job: missing");
  EXPECT_EQ(refused(job_body({{"id", nullptr}}), "job.finished"), "job.id: must be a string, not null");
}

TEST_F(BuildkiteHookTest, SignaturesAndTokens) {
  const auto right = [&](web::Head head, std::int64_t now = 1'700'000'100) {
    return hook_.may_be_right(head) && hook_.is_right(head, "{}", now);
  };
  const auto signature = [](const char* key, const std::string& at) {
    web::Head head;
    head.headers = {{"x-buildkite-signature",
                     "timestamp=" + at + ",signature=" + hex_encode(hook::hmac_sha256(key, at + ".{}"))}};
    return head;
  };
  EXPECT_TRUE(right(signature("hush", "1700000000")));
  EXPECT_TRUE(right(signature("new", "1700000000")));
  EXPECT_FALSE(right(signature("wrong", "1700000000")));
  EXPECT_FALSE(right(signature("hush", "1700000000"), 1'700'000'301));
  web::Head token;
  EXPECT_FALSE(right(token));
  token.headers = {{"x-buildkite-token", "hush"}};
  EXPECT_TRUE(right(token));
  token.headers = {{"x-buildkite-token", "hus"}};
  EXPECT_FALSE(right(token));
}

TEST(BuildkiteRepository, IsClonedWithHttps) {
  const std::pair<const char*, const char*> addresses[] = {
      {"git@github.com:acme/app.git", "https://github.com/acme/app.git"},
      {"git@git.example.org:/acme/app", "https://git.example.org/acme/app"},
      {"ssh://git@github.com/acme/app.git", "https://github.com/acme/app.git"},
      {"git://github.com/acme/app.git", "https://github.com/acme/app.git"},
      {"https://github.com/acme/app.git", "https://github.com/acme/app.git"},
      {"https://user:hush@github.com/acme/app.git", "https://github.com/acme/app.git"},
      {"/srv/git/app", ""},
      {"file:///srv/git/app", ""},
      {"", ""},
  };
  for (const auto& [address, https] : addresses)
    EXPECT_EQ(https_of(address), https) << address;
}

}  // namespace
}  // namespace carillon::source::buildkite
