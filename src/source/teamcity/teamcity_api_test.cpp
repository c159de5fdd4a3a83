#include "source/teamcity/teamcity_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"
#include "source/teamcity/teamcity_run.hpp"

namespace carillon::source::teamcity {
namespace {

json::object listed_build(int id, const char* state, const char* finished) {
  return {
      {"id", id},       {"number", std::to_string(id)}, {"buildTypeId", "Bells_Peal"}, {"status", "SUCCESS"},
      {"state", state}, {"finishDate", finished}};
}

class TeamCityApiTest : public testing::Test {
 protected:
  asio::io_context io_;
  test::FakeHttpClient http_;
  test::FakeClock clock_;
  TeamCityApi api_{"https://teamcity.example.org/", Secret("hush"), true, http_, clock_};
};

TEST_F(TeamCityApiTest, ListsWhatHasChanged) {
  http_.answer(
      200,
      json::serialize(json::object{{"build", json::array{listed_build(1, "finished", "20260504T100731+0000"),
                                                         listed_build(2, "finished", "20260504T080000+0000"),
                                                         listed_build(3, "running", "")}}}));
  auto found = test::run(io_, api_.changed_since(1777888800, {}));
  ASSERT_TRUE(found.has_value()) << found.error().what;
  std::vector<std::string> ids;
  for (const hook::Run& run : *found)
    ids.push_back(run.id);
  EXPECT_THAT(ids, testing::ElementsAre("build-1", "build-3"));
  EXPECT_THAT(
      http_.requests.back().url,
      testing::StartsWith("https://teamcity.example.org/app/rest/builds?locator=sinceDate:"
                          "20260504T040000%2B0000,state:any,branch:default:any,count:100,start:0&fields="));
  EXPECT_THAT(http_.requests.back().headers, testing::Contains(std::pair("Authorization", "Bearer hush")));
}

TEST_F(TeamCityApiTest, AListThatNeverEndsIsCut) {
  http_.otherwise = [](const http::Request&) {
    http::Response response;
    response.status = 200;
    json::array page;
    for (int i = 0; i < 100; ++i)
      page.push_back(listed_build(i, "finished", "20260504T100731+0000"));
    response.body = json::serialize(json::object{{"build", page}});
    return response;
  };
  ASSERT_TRUE(test::run(io_, api_.changed_since(1777888800, {})));
  EXPECT_EQ(http_.requests.size(), 200U);
  EXPECT_THAT(api_.remarks(), testing::ElementsAre(testing::StartsWith("the API lists more of all builds")));
}

TEST_F(TeamCityApiTest, WhatAHookLeftOutIsAskedFor) {
  hook::Run run;
  run.id = "build-7";
  run.number = 117;
  run.state = {hook::Phase::ended, Results::cancelled};
  json::object whole = listed_build(7, "finished", "20260504T100731+0000");
  whole["buildType"] = json::object{{"name", "Peal"}, {"projectName", "Bells"}};
  http_.answer(200, json::serialize(whole));
  ASSERT_TRUE(test::run(io_, api_.complete(run)));
  EXPECT_EQ(run.project, "Bells");
  EXPECT_EQ(run.ended, 1777889251);
  EXPECT_EQ(run.number, 7);
  EXPECT_EQ(run.state.results, Results::cancelled);
  EXPECT_THAT(http_.requests.back().url,
              testing::StartsWith("https://teamcity.example.org/app/rest/builds/id:7?fields=id,"));
  // TeamCity has no id for it.
  EXPECT_FALSE(test::run(io_, api_.run("", "build-Bells_Peal-43"))->has_value());
  EXPECT_EQ(http_.requests.size(), 1U);
}

TEST_F(TeamCityApiTest, AWrongTokenIsRejected) {
  http_.answer(401);
  EXPECT_EQ(test::run(io_, api_.changed_since(1777888800, {})).error().kind, Failure::Kind::rejected);
}

}  // namespace
}  // namespace carillon::source::teamcity
