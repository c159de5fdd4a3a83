#include "source/cctray/cctray_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"

namespace carillon::source::cctray {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CCTrayApiTest : public testing::Test {
 protected:
  // The ids of starts (with '+') and ends, as they are found.
  std::vector<std::string> look(const std::string& projects) {
    http_.answer(200, "<Projects>" + projects + "</Projects>");
    const auto runs = test::run(io_, api_.changed_since(0, {}));
    std::vector<std::string> found;
    if (!runs) return {runs.error().what};
    for (const hook::Run& run : *runs) {
      found.push_back((run.state.phase == hook::Phase::ended ? "" : "+") + run.id);
      last_ = run;
    }
    return found;
  }
  static std::string project(const std::string& label, const std::string& activity = "Sleeping",
                             const std::string& time = "2023-11-14T20:00:00Z") {
    return "<Project name='app' activity='" + activity + "' lastBuildStatus='Success' lastBuildLabel='" +
           label + "' lastBuildTime='" + time + "'/>";
  }

  asio::io_context io_;
  test::FakeClock clock_;
  test::FakeHttpClient http_;
  CCTrayApi api_{http_, clock_, {.base = "https://ci/cc.xml", .headers = {}, .auth = {}, .verify = true}};
  hook::Run last_;
};

TEST_F(CCTrayApiTest, WhatIsNewIsFoundOnce) {
  EXPECT_THAT(look(project("7")), ElementsAre("app-7"));
  EXPECT_THAT(look(project("7")), ElementsAre("app-7"));  // it was not on disk
  api_.taken();
  EXPECT_THAT(look(project("7")), IsEmpty());
  EXPECT_THAT(look(project("7", "Building")), ElementsAre("+app-8"));
  api_.taken();
  EXPECT_THAT(look(project("7", "Building")), IsEmpty());
  EXPECT_THAT(look(project("8")), ElementsAre("app-8"));
  api_.taken();
  EXPECT_THAT(look(project("8", "Sleeping", "2023-11-14T21:00:00Z")), ElementsAre("app-8"));
  EXPECT_EQ(http_.requests.front().url, "https://ci/cc.xml");
}

TEST_F(CCTrayApiTest, WhatIsThereFirstHasEndedBefore) {
  look(project("7", "Sleeping", "2030-01-01T00:00:00Z"));
  EXPECT_LT(last_.ended, clock_.now() / 1000);
}

TEST_F(CCTrayApiTest, WithoutAZoneOnlyChangesCount) {
  EXPECT_THAT(look(project("7", "Sleeping", "2023-11-14T20:00:00")), IsEmpty());
  api_.taken();
  EXPECT_THAT(look(project("8", "Sleeping", "2023-11-14T20:30:00")), ElementsAre("app-8"));
}

TEST_F(CCTrayApiTest, WhatRunsIsThereUntilItIsOver) {
  look(project("7", "Building"));
  const auto running = test::run(io_, api_.run("app", "app-8"));
  ASSERT_TRUE(running && *running);
  EXPECT_EQ((*running)->state.phase, hook::Phase::runs);
  EXPECT_FALSE(*test::run(io_, api_.run("app", "app-9")));
  EXPECT_FALSE(*test::run(io_, api_.run("other", "app-8")));
  look(project("7"));
  EXPECT_FALSE(*test::run(io_, api_.run("app", "app-8")));
}

TEST_F(CCTrayApiTest, WhatIsNoFeedIsSaid) {
  EXPECT_THAT(look("<Project/>"), ElementsAre("what is no feed: Project 1: name: missing"));
  http_.answer(404);
  EXPECT_EQ(test::run(io_, api_.changed_since(0, {})).error().kind, Failure::Kind::rejected);
}

}  // namespace
}  // namespace carillon::source::cctray
