#include "source/jenkins/jenkins_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/percent.hpp"
#include "base/secret.hpp"
#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"

namespace carillon::source::jenkins {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t start = 1'700'000'000;

std::shared_ptr<Settings> asking() {
  auto settings = std::make_shared<Settings>();
  settings->url = "https://jenkins/";
  settings->polls = true;
  settings->auth = http::Auth{http::Auth::Scheme::basic, "bot", Secret("hush")};
  return settings;
}

// One job, of which only as many builds are there as were made.
class JenkinsApiTest : public testing::Test {
 protected:
  JenkinsApiTest() {
    http_.otherwise = [this](const http::Request& request) { return answer(request); };
  }

  http::Response answer(const http::Request& request) {
    http::Response response;
    response.status = 200;
    const std::string url = percent_decode(request.url);
    if (url.starts_with("https://jenkins/api/json?tree=jobs[")) {
      response.body = json::serialize(json::object{
          {"jobs",
           json::array{json::object{
               {"fullName", "app"},
               {"lastBuild", json::object{{"number", builds_.size()},
                                          {"building", running_.contains(builds_.size())},
                                          {"timestamp", builds_.empty() ? 0 : builds_.back() * 1000}}}}}}});
    } else if (url.starts_with("https://jenkins/job/app/api/json?tree=builds[") ||
               url.starts_with("https://jenkins/job/app/api/json?tree=allBuilds[")) {
      const bool all = url.find("allBuilds[") != std::string::npos;
      response.status = status_of_builds_;
      const auto from = std::stoul(url.substr(url.rfind('{') + 1));
      json::array page;
      for (std::size_t number = builds_.size() - std::min(from, builds_.size());
           number > 0 && page.size() < 20; --number)
        page.push_back(build(static_cast<std::int64_t>(number)));
      response.body = json::serialize(json::object{{all ? "allBuilds" : "builds", page}});
    } else if (url.starts_with("https://jenkins/job/app/2/api/json?tree=number,")) {
      response.body = json::serialize(build(2));
    } else {
      response.status = 404;
    }
    return response;
  }
  json::object build(std::int64_t number) {
    const bool runs = running_.contains(static_cast<std::size_t>(number));
    return {{"number", number},
            {"building", runs},
            {"result", runs ? json::value(nullptr) : json::value("SUCCESS")},
            {"timestamp", builds_.at(static_cast<std::size_t>(number) - 1) * 1000},
            {"duration", 1000}};
  }
  void begin(std::int64_t at = start) {
    builds_.push_back(at);
    running_.insert(builds_.size());
  }
  void add(int count) {
    for (int i = 0; i < count; ++i)
      builds_.push_back(start);
  }
  std::vector<std::int64_t> look(std::int64_t since = start) {
    http_.requests.clear();
    const auto runs = test::run(io_, api_.changed_since(since, {}));
    std::vector<std::int64_t> numbers;
    if (!runs) {
      failure_ = runs.error();
      return numbers;
    }
    for (const hook::Run& run : *runs)
      numbers.push_back(run.number);
    return numbers;
  }

  asio::io_context io_;
  test::FakeClock clock_;
  test::FakeHttpClient http_;
  std::shared_ptr<Settings> settings_ = asking();
  JenkinsApi api_{settings_, http_, clock_};
  // When each began, by number, in seconds.
  std::vector<std::int64_t> builds_;
  std::set<std::size_t> running_;
  std::int64_t begun_ = start;
  int status_of_builds_ = 200;
  Failure failure_;
};

TEST_F(JenkinsApiTest, BuildsBetweenTwoLooksAreAllFound) {
  add(1);
  EXPECT_THAT(look(), ElementsAre(1));
  api_.taken();
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(http_.requests.size(), 1U);  // only the list
  api_.taken();
  add(45);
  const auto found = look();
  ASSERT_EQ(found.size(), 45U);
  EXPECT_EQ(found.front(), 2);
  EXPECT_EQ(found.back(), 46);
  EXPECT_EQ(http_.requests.size(), 4U);  // 20, 20, and the page that reaches what is known
  EXPECT_EQ(http_.requests[0].auth->user, "bot");
}

TEST_F(JenkinsApiTest, BuildsOfAJobThatWasMadeAgainAreNews) {
  add(3);
  look();
  api_.taken();
  for (const std::vector<std::int64_t>& again :
       {std::vector<std::int64_t>{1}, {1, 2, 3}, {1, 2, 3, 4}, {1}}) {
    // Within one look it was deleted, and has as many builds.
    builds_.clear();
    begun_ += 60;
    for (std::size_t i = 0; i < again.size(); ++i)
      builds_.push_back(begun_);
    EXPECT_EQ(look(begun_ - 10), again);
    api_.taken();
    EXPECT_THAT(look(), IsEmpty());
    api_.taken();
  }
}

TEST_F(JenkinsApiTest, WhatIsNotOnDiskIsFoundAgain) {
  add(1);
  EXPECT_THAT(look(), ElementsAre(1));
  EXPECT_THAT(look(), ElementsAre(1));
  api_.taken();
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(JenkinsApiTest, WhatRunsIsAskedForUntilItEnds) {
  begin();
  add(1);
  EXPECT_THAT(look(), ElementsAre(1, 2));
  api_.taken();
  EXPECT_THAT(look(), ElementsAre(1));
  api_.taken();
  running_.clear();
  EXPECT_THAT(look(), ElementsAre(1));
  api_.taken();
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(JenkinsApiTest, AfterARestartOnlyWhatMayHaveChanged) {
  add(3);
  builds_[0] = start - 1000;
  builds_[1] = start - 500;
  EXPECT_THAT(look(start - 500), ElementsAre(2, 3));
  api_.taken();
  EXPECT_THAT(look(start + 5000), IsEmpty());
}

TEST_F(JenkinsApiTest, NumbersThatBeginAnew) {
  add(5);
  look();
  api_.taken();
  builds_.clear();
  add(2);
  EXPECT_THAT(look(), ElementsAre(1, 2));
}

TEST_F(JenkinsApiTest, JobsThatAreNotMeantAreNotAsked) {
  settings_->jobs = {"team/*"};
  add(1);
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(http_.requests.size(), 1U);
}

TEST_F(JenkinsApiTest, AJobThatCannotBeReadIsNewsStill) {
  add(1);
  status_of_builds_ = 500;
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(failure_.what, "");
  api_.taken();
  status_of_builds_ = 200;
  EXPECT_THAT(look(), ElementsAre(1));
}

TEST_F(JenkinsApiTest, AJobThatCannotBeReadInTheFirstLooksIsReadFromThereOn) {
  add(1);
  status_of_builds_ = 500;
  EXPECT_THAT(look(), IsEmpty());
  api_.taken();
  EXPECT_THAT(look(start + 600), IsEmpty());
  EXPECT_EQ(failure_.what, "");
  EXPECT_THAT(api_.remarks(), ElementsAre(testing::StartsWith("the API does not show app: ")));
  api_.taken();
  status_of_builds_ = 200;
  EXPECT_THAT(look(start + 1200), ElementsAre(1));
}

TEST_F(JenkinsApiTest, OfManyBuildsTheOldestAreLeftOutAloud) {
  add(1);
  look();
  api_.taken();
  add(130);
  EXPECT_EQ(look().size(), 130U);
  EXPECT_THAT(api_.remarks(), IsEmpty());
  api_.taken();
  add(1100);
  EXPECT_EQ(look().size(), 1000U);
  EXPECT_THAT(api_.remarks(),
              ElementsAre(testing::StartsWith("the API lists more of app than a look reads")));
}

TEST_F(JenkinsApiTest, AWrongAddressIsNamed) {
  http_.otherwise = nullptr;
  http_.answer(404);
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(failure_.what, "no Jenkins answers at https://jenkins/api/json");
}

TEST_F(JenkinsApiTest, OneBuild) {
  add(2);
  const auto run = test::run(io_, api_.run("app", "app-2"));
  ASSERT_TRUE(run && *run);
  EXPECT_EQ((*run)->id, "app-2");
  const auto gone = test::run(io_, api_.run("app", "app-7"));
  ASSERT_TRUE(gone);
  EXPECT_FALSE(*gone);
  EXPECT_FALSE(*test::run(io_, api_.run("app", "../x-7")));
}

TEST_F(JenkinsApiTest, TheEndOfALog) {
  http_.answer(200, "one\ntwo\nthree\n", {{"x-text-size", "14"}});
  EXPECT_EQ(*test::run(io_, api_.log("app-2", "5", 100)), "one\ntwo\nthree\n");
  http_.answer(200, "one\ntwo\n", {{"x-text-size", "14"}});
  http_.answers.back()->too_large = true;
  http_.answer(200, "o\nthree\n", {{"x-text-size", "14"}});
  http_.requests.clear();
  EXPECT_EQ(*test::run(io_, api_.log("app-2", "5", 8)), "three\n");
  ASSERT_EQ(http_.requests.size(), 2U);
  EXPECT_EQ(http_.requests[1].url, "https://jenkins/job/app/2/logText/progressiveText?start=6");
  http_.answer(404);
  EXPECT_EQ(test::run(io_, api_.log("app-2", "5", 8)).error().what, "its log is not kept");
  EXPECT_EQ(test::run(io_, api_.log("..-2", "5", 8)).error().what, "no such build");
}

}  // namespace
}  // namespace carillon::source::jenkins
