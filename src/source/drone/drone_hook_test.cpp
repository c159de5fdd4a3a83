#include "source/drone/drone_hook.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace carillon::source::drone {
namespace {

using hook::Phase;

json::object body(json::object changes = {}) {
  json::object build{{"id", 100},
                     {"number", 42},
                     {"status", "failure"},
                     {"event", "push"},
                     {"title", "Ring louder"},
                     {"message", "Ring louder\nMuch"},
                     {"after", "1111111111"},
                     {"ref", "refs/heads/main"},
                     {"target", "main"},
                     {"source", "main"},
                     {"source_repo", ""},
                     {"link", "https://git.example.org/team/app/compare/1"},
                     {"author_login", "ann"},
                     {"author_name", "Ann"},
                     {"author_email", "ann@example.org"},
                     {"sender", "bob"},
                     {"params", {{"PASSWORD", "hush"}}},
                     {"created", 1'777'888'800},
                     {"started", 1'777'888'802},
                     {"finished", 1'777'889'251}};
  for (const auto& [name, value] : changes)
    build[name] = value;
  return {{"event", "build"},
          {"action", "updated"},
          {"repo", {{"slug", "team/app"}, {"git_http_url", "https://git.example.org/team/app.git"}}},
          {"build", std::move(build)},
          {"system", {{"link", "https://drone.example.org"}}}};
}

class DroneHookTest : public testing::Test {
 protected:
  Result<hook::Heard> hear(const json::object& object, const std::string& event = "build") {
    web::Head head;
    head.headers = {{"x-drone-event", event}};
    return hook_.hear(head, json::serialize(object), 0);
  }
  hook::Run run(const json::object& object) {
    auto heard = hear(object);
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }
  std::string refused(const json::object& object) {
    auto heard = hear(object);
    return heard ? "taken" : heard.error().what;
  }

  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  DroneHook hook_{settings_};
};

TEST_F(DroneHookTest, AnEndOfABuild) {
  const hook::Run made = run(body());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "build-100");
  EXPECT_EQ(made.number, 42);
  EXPECT_EQ(made.project, "team/app");
  EXPECT_EQ(made.submitted, 1'777'888'800);
  EXPECT_EQ(made.started, 1'777'888'802);
  EXPECT_EQ(made.ended, 1'777'889'251);
  EXPECT_EQ(made.url, "https://drone.example.org/team/app/42");
  EXPECT_EQ(made.repository, "https://git.example.org/team/app.git");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.revision, "1111111111");
  EXPECT_FALSE(made.from_fork);
  EXPECT_EQ(made.owner, "bob");
  EXPECT_EQ(made.commit.mail, "ann@example.org");
  for (const auto& [name, value] : made.properties)
    EXPECT_EQ(json::serialize(value).find("hush"), std::string::npos) << name;
}

TEST_F(DroneHookTest, EachStatusHasItsState) {
  const std::pair<const char*, hook::State> statuses[] = {
      {"success", {Phase::ended, Results::success}},
      {"failure", {Phase::ended, Results::failure}},
      {"error", {Phase::ended, Results::exception}},
      {"killed", {Phase::ended, Results::cancelled}},
      {"declined", {Phase::ended, Results::cancelled}},
      {"skipped", {Phase::ended, Results::skipped}},
      {"purple", {Phase::ended, Results::exception}},
      {"running", {Phase::runs, Results::success}},
      {"pending", {Phase::waits, Results::success}},
      {"blocked", {Phase::waits, Results::success}},
      {"waiting_on_dependencies", {Phase::waits, Results::success}},
  };
  for (const auto& [status, state] : statuses) {
    const hook::Run made = run(body({{"status", status}, {"finished", 0}}));
    EXPECT_EQ(made.state, state) << status;
    EXPECT_EQ(made.ended, std::nullopt) << status << ": 0 is no moment";
  }
}

TEST_F(DroneHookTest, PullRequestsAndTags) {
  const hook::Run fork = run(body({{"event", "pull_request"},
                                   {"ref", "refs/pull/3/head"},
                                   {"source_repo", "eve/app"},
                                   {"source", "main"},
                                   {"link", "https://git.example.org/team/app/pulls/3"}}));
  EXPECT_EQ(fork.branch, "refs/pull/3/head");
  EXPECT_EQ(fork.pull_request, 3);
  EXPECT_EQ(fork.pull_request_url, "https://git.example.org/team/app/pulls/3");
  EXPECT_TRUE(fork.from_fork);
  EXPECT_EQ(fork.head_branch, "main");
  EXPECT_EQ(fork.base_branch, "main");
  const hook::Run own = run(
      body({{"event", "pull_request"}, {"ref", "refs/merge-requests/4/head"}, {"source_repo", "team/app"}}));
  EXPECT_EQ(own.branch, "refs/merge-requests/4/head");
  EXPECT_FALSE(own.from_fork);
  const hook::Run unknown =
      run(body({{"event", "pull_request"}, {"ref", "refs/heads/main"}, {"source_repo", "eve/app"}}));
  EXPECT_EQ(unknown.branch, "eve:main");
  EXPECT_EQ(run(body({{"event", "tag"}, {"ref", "refs/tags/v1"}})).branch, "refs/tags/v1");
}

TEST_F(DroneHookTest, StagesAreJobs) {
  const hook::Run made = run(body(
      {{"stages", json::array{json::object{{"name", "linux"}, {"status", "success"}, {"machine", "one"}},
                              json::object{{"name", "docs"}, {"status", "failure"}, {"errignore", true}},
                              json::object{{"name", "mac"}, {"status", "error"}, {"error", "no runner"}}}},
       {"parent", 41}}));
  ASSERT_EQ(made.jobs.size(), 3U);
  EXPECT_EQ(made.jobs[0].worker, "one");
  EXPECT_EQ(made.jobs[1].state.results, Results::warnings);
  EXPECT_EQ(made.jobs[2].said, "no runner");
  EXPECT_EQ(made.jobs[2].state.results, Results::exception);
  EXPECT_EQ(made.reason, "restarted from #41");
}

TEST_F(DroneHookTest, WhatIsNotWantedIsIgnored) {
  EXPECT_EQ(hear({}, "user")->ignored, "user");
  EXPECT_EQ(hear({}, "")->ignored, "no X-Drone-Event");
  json::object deleted = body();
  deleted["action"] = "deleted";
  EXPECT_EQ(hear(deleted)->ignored, "build, action deleted");
  settings_->repos = {"acme/*"};
  EXPECT_EQ(hear(body())->ignored, "build of team/app, which repos= does not name");
}

TEST_F(DroneHookTest, WhatIsMissingIsNamedWithItsPath) {
  EXPECT_EQ(refused({{"action", "created"}}), "build: missing");
  EXPECT_EQ(refused(body({{"id", "x"}})), "build.id: must be a whole number, not a string");
  EXPECT_EQ(refused(body({{"number", nullptr}})), "build.number: must be a whole number, not null");
  EXPECT_EQ(refused(body({{"status", ""}})), "build.status: empty");
  json::object no_repo = body();
  no_repo.erase("repo");
  EXPECT_EQ(refused(no_repo), "repo.slug: missing");
}

TEST_F(DroneHookTest, ASignatureCoversDateAndDigest) {
  settings_->secrets = {Secret("hush")};
  constexpr std::int64_t now = 1'777'889'251;
  const std::string date = "Mon, 04 May 2026 10:07:31 GMT";
  const std::string digest = "SHA-256=" + base64_encode(hook::sha256("{}"));
  const auto is_right = [&](const char* key, const std::string& covered, std::string_view text) {
    web::Head head;
    const std::string mac = base64_encode(hook::hmac_sha256(key, "date: " + date + "\ndigest: " + digest));
    head.headers = {{"date", date},
                    {"digest", digest},
                    {"signature", R"(keyId="hmac-key",algorithm="hmac-sha256",signature=")" + mac +
                                      R"(",headers=")" + covered + "\""}};
    return hook_.may_be_right(head) && hook_.is_right(head, text, now);
  };
  EXPECT_TRUE(is_right("hush", "date digest", "{}"));
  EXPECT_FALSE(is_right("wrong", "date digest", "{}"));
  EXPECT_FALSE(is_right("hush", "date", "{}"));
  EXPECT_FALSE(is_right("hush", "date digest", "{ }"));
  EXPECT_FALSE(hook_.may_be_right({}));
}

}  // namespace
}  // namespace carillon::source::drone
