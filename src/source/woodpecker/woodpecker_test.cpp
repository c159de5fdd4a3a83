#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"
#include "source/woodpecker/woodpecker_api.hpp"
#include "source/woodpecker/woodpecker_run.hpp"

namespace carillon::source::woodpecker {
namespace {

using hook::Phase;

json::object acme_bells() {
  return {{"id", 3}, {"full_name", "acme/bells"}, {"clone_url", "https://git.example.org/acme/bells.git"}};
}

json::object pipeline(const json::object& changes = {}) {
  json::object made{
      {"id", 900},
      {"number", 42},
      {"author", "ann"},
      {"event", "push"},
      {"status", "failure"},
      {"created", 1777888800},
      {"started", 1777888802},
      {"finished", 1777889251},
      {"commit", "abc"},
      {"branch", "main"},
      {"rerun_count", 0},
      {"ref", "refs/heads/main"},
      {"title", "Ring louder"},
      {"message", "Ring louder\n"},
      {"timestamp", 1777888790},
      {"author_email", "ann@example.org"},
      {"workflows", json::array{json::object{
                        {"id", 1},
                        {"name", "tower"},
                        {"state", "failure"},
                        {"started", 1777888802},
                        {"finished", 1777889251},
                        {"children", json::array{json::object{{"name", "clone"}, {"state", "success"}},
                                                 json::object{{"name", "tenor"}, {"state", "failure"}}}}}}}};
  for (const auto& [name, value] : changes)
    made[name] = value;
  return made;
}

hook::Run woodpecker_run(const json::object& changes = {}) {
  std::vector<std::string> notes;
  auto made = run_of(pipeline(changes), acme_bells(), "https://ci.example.org/", notes);
  if (made) return *made;
  ADD_FAILURE() << made.error().what;
  return {};
}

TEST(WoodpeckerRunTest, APipelineIsARun) {
  const hook::Run made = woodpecker_run();
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "pipeline-3-42.1");
  EXPECT_EQ(made.number, 42);
  EXPECT_EQ(made.project, "acme/bells");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.started, 1777888802);
  EXPECT_EQ(made.ended, 1777889251);
  EXPECT_EQ(made.commit.mail, "ann@example.org");
  EXPECT_EQ(made.owner, "ann");
  EXPECT_EQ(made.url, "https://ci.example.org/repos/3/pipeline/42");
  ASSERT_EQ(made.jobs.size(), 1U);
  EXPECT_EQ(made.jobs[0].said, "failed: tenor");
  EXPECT_EQ(woodpecker_run({{"rerun_count", 2}}).id, "pipeline-3-42.3");
  EXPECT_EQ(woodpecker_run({{"rerun_count", 2}}).attempt, 3);
}

TEST(WoodpeckerRunTest, EachStatus) {
  const std::pair<const char*, hook::State> words[] = {{"success", {Phase::ended, Results::success}},
                                                       {"failure", {Phase::ended, Results::failure}},
                                                       {"killed", {Phase::ended, Results::cancelled}},
                                                       {"declined", {Phase::ended, Results::cancelled}},
                                                       {"skipped", {Phase::ended, Results::skipped}},
                                                       {"error", {Phase::ended, Results::exception}},
                                                       {"cracked", {Phase::ended, Results::exception}},
                                                       {"created", {Phase::waits}},
                                                       {"pending", {Phase::waits}},
                                                       {"blocked", {Phase::waits}},
                                                       {"running", {Phase::runs}}};
  for (const auto& [word, state] : words)
    EXPECT_EQ(woodpecker_run({{"status", word}}).state, state) << word;
}

TEST(WoodpeckerRunTest, WhatItIsOf) {
  EXPECT_EQ(woodpecker_run({{"ref", "refs/tags/v1"}, {"event", "tag"}}).branch, "refs/tags/v1");
  const hook::Run pull = woodpecker_run({{"ref", "refs/pull/7/head"}, {"event", "pull_request"}});
  EXPECT_EQ(pull.branch, "refs/pull/7/head");
  EXPECT_EQ(pull.base_branch, "main");
  EXPECT_TRUE(pull.from_fork);
  EXPECT_FALSE(woodpecker_run({{"ref", "refs/pull/7/head"}, {"event", "pull_request"}, {"from_fork", false}})
                   .from_fork);
  EXPECT_EQ(woodpecker_run({{"ref", "refs/merge-requests/7/head"}, {"event", "pull_request"}}).branch,
            "refs/merge-requests/7/head");
  EXPECT_EQ(woodpecker_run({{"ref", "x"}, {"event", "pull_request"}}).branch, "unknown:main");
}

TEST(WoodpeckerRunTest, ErrorsAreSaid) {
  const json::array errors{json::object{{"message", "old form"}, {"is_warning", true}},
                           json::object{{"message", "no such rope"}, {"is_warning", false}}};
  EXPECT_EQ(woodpecker_run({{"errors", errors}}).said, "no such rope");
  std::vector<std::string> notes;
  EXPECT_EQ(run_of({}, acme_bells(), "", notes).error().what, "number: missing");
}

class WoodpeckerApiTest : public testing::Test {
 protected:
  WoodpeckerApi api(hook::Repositories repos) {
    return WoodpeckerApi(
        {.url = "https://ci.example.org/", .token = Secret("hush"), .repos = std::move(repos)}, http_,
        clock_);
  }
  std::vector<std::string> asked() const {
    std::vector<std::string> paths;
    for (const http::Request& request : http_.requests)
      paths.push_back(request.url.substr(std::string_view("https://ci.example.org/api/").size()));
    return paths;
  }

  asio::io_context io_;
  test::FakeHttpClient http_;
  test::FakeClock clock_;
};

TEST_F(WoodpeckerApiTest, ListsWhatHasChanged) {
  auto woodpecker = api(hook::Repositories({"acme/bells"}));
  http_.answer(200, json::serialize(acme_bells()));
  json::array list{pipeline(), pipeline({{"number", 41}, {"finished", 1777880000}}),
                   pipeline({{"number", 43}, {"status", "running"}, {"finished", 0}})};
  http_.answer(200, json::serialize(list));
  auto found = test::run(io_, woodpecker.changed_since(1777889000, {}));
  ASSERT_TRUE(found.has_value()) << found.error().what;
  std::vector<std::int64_t> numbers;
  for (const hook::Run& run : *found)
    numbers.push_back(run.number);
  EXPECT_THAT(numbers, testing::ElementsAre(42, 43));
  EXPECT_THAT(asked(),
              testing::ElementsAre("repos/lookup/acme/bells",
                                   "repos/3/pipelines?after=2026-05-04T04%3A03%3A20Z&page=1&perPage=50"));
  EXPECT_THAT(http_.requests.back().headers, testing::Contains(std::pair("Authorization", "Bearer hush")));
}

TEST_F(WoodpeckerApiTest, ARepositoryThatRefusesKeepsNobodyFromTheOthers) {
  auto woodpecker = api(hook::Repositories({"acme/axles", "acme/bells"}));
  http_.answer(404);
  http_.answer(200, json::serialize(acme_bells()));
  http_.answer(200, json::serialize(json::array{pipeline()}));
  auto found = test::run(io_, woodpecker.changed_since(1777889000, {}));
  ASSERT_TRUE(found.has_value()) << found.error().what;
  EXPECT_EQ(found->size(), 1U);
  EXPECT_THAT(
      woodpecker.remarks(),
      testing::ElementsAre(testing::StartsWith("the API does not show acme/axles: there is no repository")));
}

TEST_F(WoodpeckerApiTest, PatternsChooseAmongWhatTheUserSees) {
  auto woodpecker = api(hook::Repositories({"acme/*"}));
  json::object off = acme_bells();
  off["full_name"] = "acme/off";
  off["active"] = false;
  json::object other = acme_bells();
  other["full_name"] = "other/bells";
  http_.answer(200, json::serialize(json::array{acme_bells(), off, other}));
  http_.answer(200, "[]");
  ASSERT_TRUE(test::run(io_, woodpecker.changed_since(1777889000, {})));
  EXPECT_EQ(asked().front(), "user/repos");
  EXPECT_EQ(asked().size(), 2U);
}

TEST_F(WoodpeckerApiTest, WorkflowsAreAskedForAtTheEnd) {
  auto woodpecker = api({});
  hook::Run run = woodpecker_run();
  run.jobs.clear();
  http_.answer(200, json::serialize(acme_bells()));
  http_.answer(200, json::serialize(pipeline()));
  ASSERT_TRUE(test::run(io_, woodpecker.complete(run)));
  EXPECT_EQ(run.jobs.size(), 1U);
  EXPECT_EQ(asked().back(), "repos/3/pipelines/42");
  // It was run again since: of the try before nothing is told.
  http_.answer(200, json::serialize(pipeline({{"rerun_count", 1}})));
  EXPECT_FALSE(test::run(io_, woodpecker.run("acme/bells", "pipeline-3-42.1"))->has_value());
  EXPECT_FALSE(test::run(io_, woodpecker.run("acme/bells", "pipeline-../-1.1"))->has_value());
}

TEST_F(WoodpeckerApiTest, AWrongTokenIsRejected) {
  auto woodpecker = api(hook::Repositories({"acme/bells"}));
  http_.answer(401);
  const auto found = test::run(io_, woodpecker.changed_since(0, {}));
  EXPECT_EQ(found.error().kind, Failure::Kind::rejected);
}

}  // namespace
}  // namespace carillon::source::woodpecker
