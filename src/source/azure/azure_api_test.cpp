#include "source/azure/azure_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"

namespace carillon::source::azure {
namespace {

json::object listed(int id, const char* status, const char* finished) {
  return {{"id", id},
          {"status", status},
          {"result", "failed"},
          {"definition", json::object{{"name", "Peal"}}},
          {"project", json::object{{"name", "Our Bells"}}},
          {"sourceBranch", "refs/heads/main"},
          {"sourceVersion", "abc"},
          {"finishTime", finished}};
}

std::string list_of(json::array builds) {
  return json::serialize(json::object{{"value", std::move(builds)}});
}

class AzureApiTest : public testing::Test {
 protected:
  static std::shared_ptr<Settings> settings() {
    auto settings = std::make_shared<Settings>();
    settings->url = "https://dev.azure.com/acme/";
    settings->token = Secret("hush");
    settings->projects = {"Our Bells"};
    return settings;
  }
  std::shared_ptr<Settings> settings_ = settings();
  std::shared_ptr<ProjectNames> names_ = std::make_shared<ProjectNames>();
  asio::io_context io_;
  test::FakeHttpClient http_;
  test::FakeClock clock_;
  AzureApi api_{settings_, names_, http_, clock_};
};

TEST_F(AzureApiTest, ListsWhatHasChangedPageByPage) {
  http_.answer(200, R"({"value": [{"id": "be9b", "name": "Our Bells"}]})");
  http_.answer(200,
               list_of({listed(1, "completed", "2026-05-04T10:07:31Z"),
                        listed(2, "completed", "2026-05-04T08:00:00Z")}),
               {{"x-ms-continuationtoken", "a b"}});
  http_.answer(200, list_of({listed(3, "inProgress", "")}));
  auto found = test::run(io_, api_.changed_since(1777888800, {"Other"}));
  ASSERT_TRUE(found.has_value()) << found.error().what;
  std::vector<std::string> ids;
  for (const hook::Run& run : *found)
    ids.push_back(run.id);
  EXPECT_THAT(ids, testing::ElementsAre("run-1", "run-3"));
  EXPECT_EQ(names_->at("be9b"), "Our Bells");
  EXPECT_EQ(http_.requests.back().url,
            "https://dev.azure.com/acme/Our%20Bells/_apis/build/builds?minTime=2026-05-04T04%3A00%3A00Z"
            "&queryOrder=queueTimeAscending&api-version=6.0&continuationToken=a%20b");
  ASSERT_TRUE(http_.requests.back().auth.has_value());
  EXPECT_EQ(http_.requests.back().auth->password.reveal(), "hush");
}

TEST_F(AzureApiTest, AProjectThatRefusesKeepsNobodyFromTheOthers) {
  http_.answer(200, R"({"value": []})");
  http_.answer(403);
  http_.answer(200, list_of({listed(1, "completed", "2026-05-04T10:07:31Z")}));
  settings_->projects.push_back("Yours");
  auto found = test::run(io_, api_.changed_since(1777888800, {}));
  ASSERT_TRUE(found.has_value()) << found.error().what;
  EXPECT_EQ(found->size(), 1U);
  EXPECT_THAT(api_.remarks(), testing::ElementsAre(testing::StartsWith("the API does not show Our Bells: ")));
}

TEST_F(AzureApiTest, AListThatNeverEndsIsCut) {
  http_.answer(200, R"({"value": []})");
  http_.otherwise = [](const http::Request&) {
    http::Response response;
    response.status = 200;
    json::object build = listed(1, "completed", "2026-05-04T10:07:31Z");
    build["queueTime"] = "2026-05-04T10:00:00Z";
    response.body = list_of({build});
    response.headers = {{"x-ms-continuationtoken", "more"}};
    return response;
  };
  ASSERT_TRUE(test::run(io_, api_.changed_since(1777888800, {})));
  EXPECT_EQ(http_.requests.size(), 101U);
  EXPECT_THAT(api_.remarks(),
              testing::ElementsAre(testing::HasSubstr("of Our Bells than a look reads: what happened from "
                                                      "2026-05-04T10:00:00Z to ")));
}

TEST_F(AzureApiTest, ARunGetsItsCommit) {
  hook::Run run;
  run.id = "run-1";
  run.project = "Our Bells";
  run.pipeline = "Peal";
  run.state = {hook::Phase::ended, Results::failure};
  run.ended = 1777889250;
  run.occurrence = "1777889250";
  http_.answer(200, json::serialize(listed(1, "completed", "2026-05-04T10:07:31Z")));
  ASSERT_TRUE(test::run(io_, api_.complete(run)));
  EXPECT_EQ(run.revision, "abc");
  EXPECT_EQ(run.branch, "main");
  EXPECT_EQ(run.occurrence, "1777889250");
  EXPECT_EQ(run.ended, 1777889250);
  http_.answer(404);
  EXPECT_FALSE(test::run(io_, api_.run("Our Bells", "run-9"))->has_value());
}

TEST_F(AzureApiTest, ATokenThatIsNoGoodIsRejected) {
  http_.answer(203, "<html>Sign in</html>");
  EXPECT_EQ(test::run(io_, api_.changed_since(1777888800, {})).error().kind, Failure::Kind::rejected);
  http_.answer(401);
  EXPECT_EQ(test::run(io_, api_.changed_since(1777888800, {})).error().kind, Failure::Kind::rejected);
}

}  // namespace
}  // namespace carillon::source::azure
