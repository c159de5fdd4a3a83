#include "source/buildbot/outage.hpp"

#include <gtest/gtest.h>

namespace carillon::source::buildbot {
namespace {

constexpr Millis began = 1'700'000'000'000;

TEST(Outage, EachReasonIsSaidAtOnceAndOnce) {
  Outage outage(began);
  EXPECT_EQ(outage.why(), "");
  EXPECT_EQ(outage.failed("refused", began + 10, 700), "cannot connect: refused; trying again in 1 s");
  EXPECT_EQ(outage.failed("refused", began + 1'000, 2'000), std::nullopt);
  EXPECT_EQ(outage.failed("HTTP 500", began + 3'000, 4'001), "cannot connect: HTTP 500; trying again in 5 s");
  EXPECT_EQ(outage.why(), "HTTP 500");
  EXPECT_EQ(outage.since(), began);
}

TEST(Outage, ALongOneIsSaidAgainAfterOneFiveAndThirtyMinutes) {
  Outage outage(began);
  std::vector<std::pair<int, std::string>> said;
  for (int minute = 0; minute <= 120; ++minute) {
    if (const auto line = outage.failed("refused", began + minute * 60'000, 60'000))
      said.emplace_back(minute, *line);
  }
  ASSERT_EQ(said.size(), 4U);
  EXPECT_EQ(said[0].first, 0);
  EXPECT_EQ(said[1], std::pair(1, std::string("not connected for 1 min: refused; next try in 60 s")));
  EXPECT_EQ(said[2], std::pair(5, std::string("not connected for 5 min: refused; next try in 60 s")));
  EXPECT_EQ(said[3], std::pair(30, std::string("not connected for 30 min: refused; next try in 60 s")));
}

TEST(Outage, ALostLinkBeginsANewOne) {
  Outage outage(began);
  ASSERT_TRUE(outage.failed("refused", began + 40 * 60'000, 60'000));
  EXPECT_EQ(outage.lost("closed", began + 90 * 60'000, 800), "lost the link: closed; trying again in 1 s");
  EXPECT_EQ(outage.since(), began + 90 * 60'000);
  EXPECT_EQ(outage.failed("closed", began + 90 * 60'000 + 5'000, 2'000), std::nullopt);
  EXPECT_EQ(outage.failed("closed", began + 91 * 60'000, 60'000),
            "not connected for 1 min: closed; next try in 60 s");
}

TEST(Outage, AClockThatIsPutBackSaysNothing) {
  Outage outage(began);
  ASSERT_TRUE(outage.failed("refused", began, 1'000));
  EXPECT_EQ(outage.failed("refused", began - 3'600'000, 1'000), std::nullopt);
}

}  // namespace
}  // namespace carillon::source::buildbot
