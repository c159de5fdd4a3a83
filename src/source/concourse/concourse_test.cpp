#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"
#include "source/concourse/concourse_api.hpp"
#include "source/concourse/concourse_run.hpp"

namespace carillon::source::concourse {
namespace {

using hook::Phase;

json::object concourse_build(const json::object& changes = {}) {
  json::object made{{"id", 1234},
                    {"team_name", "main"},
                    {"name", "42"},
                    {"status", "failed"},
                    {"job_name", "tenor"},
                    {"pipeline_name", "bells"},
                    {"start_time", 1777888802},
                    {"end_time", 1777889251}};
  for (const auto& [name, value] : changes)
    made[name] = value;
  return made;
}

hook::Run concourse_run(const json::object& changes = {}) {
  std::vector<std::string> notes;
  auto made = run_of(concourse_build(changes), "https://ci.example.org/", notes);
  if (made) return *made;
  ADD_FAILURE() << made.error().what;
  return {};
}

TEST(ConcourseRunTest, ABuildOfAJobIsARun) {
  const hook::Run made = concourse_run();
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "build-1234");
  EXPECT_EQ(made.number, 42);
  EXPECT_EQ(made.attempt, 1);
  EXPECT_EQ(made.project, "main");
  EXPECT_EQ(made.pipeline, "bells");
  EXPECT_EQ(made.job, "tenor");
  EXPECT_EQ(made.started, 1777888802);
  EXPECT_EQ(made.ended, 1777889251);
  EXPECT_EQ(made.url, "https://ci.example.org/teams/main/pipelines/bells/jobs/tenor/builds/42");
  const hook::Run again = concourse_run({{"id", 1240}, {"name", "42.1"}});
  EXPECT_EQ(again.number, 42);
  EXPECT_EQ(again.attempt, 2);
  std::vector<std::string> notes;
  EXPECT_EQ(run_of(concourse_build({{"job_name", ""}}), "", notes).error().what, "job_name: empty");
}

TEST(ConcourseRunTest, EachStatus) {
  const std::pair<const char*, hook::State> words[] = {{"succeeded", {Phase::ended, Results::success}},
                                                       {"failed", {Phase::ended, Results::failure}},
                                                       {"errored", {Phase::ended, Results::exception}},
                                                       {"aborted", {Phase::ended, Results::cancelled}},
                                                       {"cracked", {Phase::ended, Results::exception}},
                                                       {"pending", {Phase::waits}},
                                                       {"started", {Phase::runs}}};
  for (const auto& [word, state] : words)
    EXPECT_EQ(concourse_run({{"status", word}}).state, state) << word;
}

class ConcourseApiTest : public testing::Test {
 protected:
  ConcourseApi::Where where() {
    ConcourseApi::Where made;
    made.url = "https://ci.example.org/";
    return made;
  }
  bool shows(const std::string& token) {
    const auto& headers = http_.requests.back().headers;
    return std::ranges::find(headers, std::pair<std::string, std::string>(
                                          "Authorization", "Bearer " + token)) != headers.end();
  }

  asio::io_context io_;
  test::FakeHttpClient http_;
  test::FakeClock clock_{1'777'889'300'000};
};

TEST_F(ConcourseApiTest, ListsWhatHasChangedOfItsTeams) {
  auto settings = where();
  settings.token = Secret("hush");
  settings.teams = {"main"};
  ConcourseApi api(settings, http_, clock_);
  http_.answer(200, json::serialize(json::array{
                        concourse_build(), concourse_build({{"id", 1}, {"end_time", 1777880000}}),
                        concourse_build({{"id", 2}, {"team_name", "other"}}),
                        concourse_build({{"id", 3}, {"job_name", nullptr}}),
                        concourse_build({{"id", 4}, {"status", "started"}, {"end_time", nullptr}})}));
  auto found = test::run(io_, api.changed_since(1777889000, {}));
  ASSERT_TRUE(found.has_value()) << found.error().what;
  std::vector<std::string> ids;
  for (const hook::Run& run : *found)
    ids.push_back(run.id);
  EXPECT_THAT(ids, testing::ElementsAre("build-1234", "build-4"));
  EXPECT_EQ(http_.requests.back().url, "https://ci.example.org/api/v1/builds?limit=100");
  EXPECT_TRUE(shows("hush"));
  // All of the page is news: it goes on.
  http_.requests.clear();
  http_.answer(200, json::serialize(json::array{concourse_build({{"id", 9}})}),
               {{"link", "<https://ci.example.org/api/v1/builds?to=8&limit=100>; rel=\"next\""}});
  http_.answer(200, json::serialize(json::array{concourse_build({{"id", 8}})}));
  found = test::run(io_, api.changed_since(1777889000, {}));
  ASSERT_TRUE(found.has_value()) << found.error().what;
  EXPECT_EQ(found->size(), 2U);
  EXPECT_EQ(http_.requests.back().url, "https://ci.example.org/api/v1/builds?to=8&limit=100");
  // It goes on no longer than until it is old enough, and not for ever.
  http_.requests.clear();
  http_.answer(
      200,
      json::serialize(json::array{concourse_build({{"start_time", 1777000000}, {"end_time", 1777000002}})}),
      {{"link", "<https://ci.example.org/api/v1/builds?to=8&limit=100>; rel=\"next\""}});
  ASSERT_TRUE(test::run(io_, api.changed_since(1777889000, {})));
  EXPECT_EQ(http_.requests.size(), 1U);
  EXPECT_THAT(api.remarks(), testing::IsEmpty());
  http_.otherwise = [](const http::Request&) {
    http::Response response;
    response.status = 200;
    response.body = json::serialize(json::array{concourse_build()});
    response.headers = {{"link", "<x?to=8&limit=100>; rel=\"next\""}};
    return response;
  };
  ASSERT_TRUE(test::run(io_, api.changed_since(1777889000, {})));
  EXPECT_EQ(http_.requests.size(), 201U);
  EXPECT_THAT(api.remarks(), testing::ElementsAre(testing::StartsWith("the API lists more of all builds")));
}

TEST_F(ConcourseApiTest, AUserLogsInOnceUntilTheTokenIsRefused) {
  auto settings = where();
  settings.user = "ann";
  settings.password = Secret("p&ss");
  ConcourseApi api(settings, http_, clock_);
  http_.answer(200, R"({"access_token": "t1"})");
  http_.answer(200, "[]");
  ASSERT_TRUE(test::run(io_, api.changed_since(1777889000, {})));
  EXPECT_EQ(http_.requests.front().url, "https://ci.example.org/sky/issuer/token");
  EXPECT_THAT(http_.requests.front().body, testing::HasSubstr("username=ann&password=p%26ss&"));
  EXPECT_TRUE(shows("t1"));
  http_.answer(401);
  EXPECT_EQ(test::run(io_, api.changed_since(1777889000, {})).error().kind, Failure::Kind::unreachable);
  http_.answer(200, R"({"access_token": "t2"})");
  http_.answer(200, "[]");
  ASSERT_TRUE(test::run(io_, api.changed_since(1777889000, {})));
  EXPECT_TRUE(shows("t2"));
  EXPECT_EQ(http_.requests.size(), 5U);
}

TEST_F(ConcourseApiTest, ResourcesSayTheRevision) {
  ConcourseApi api(where(), http_, clock_);
  hook::Run run = concourse_run();
  http_.answer(200,
               R"({"inputs": [{"name": "time", "version": {"time": "x"}}, {"version": {"ref": "abc"}}]})");
  ASSERT_TRUE(test::run(io_, api.complete(run)));
  EXPECT_EQ(run.revision, "abc");
  EXPECT_EQ(http_.requests.back().url, "https://ci.example.org/api/v1/builds/1234/resources");
  http_.answer(404);
  EXPECT_FALSE(test::run(io_, api.run("main", "build-1234"))->has_value());
}

}  // namespace
}  // namespace carillon::source::concourse
