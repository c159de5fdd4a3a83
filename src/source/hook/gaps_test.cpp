#include "source/hook/gaps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::hook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t start = 1'700'000'000;
constexpr std::int64_t a_day = 24 * 3600;

TEST(GapsTest, WhatRefusesIsReadFromWhereItWasSeenLast) {
  Gaps gaps;
  EXPECT_EQ(gaps.since("acme/a", start), start);
  gaps.refused("acme/a", start, "no");
  gaps.refused("acme/a", start + 300, "still no");
  EXPECT_EQ(gaps.since("acme/a", start + 600), start);
  EXPECT_EQ(gaps.since("acme/a", start - 600), start - 600);
  EXPECT_EQ(gaps.since("acme/b", start + 600), start + 600);
  EXPECT_THAT(gaps.sentences(), ElementsAre("still no"));
  gaps.seen("acme/a");
  EXPECT_EQ(gaps.since("acme/a", start + 600), start + 600);
  EXPECT_THAT(gaps.sentences(), IsEmpty());
}

TEST(GapsTest, OfWhatIsNotLookedAtAnyMoreNothingIsMissed) {
  Gaps gaps;
  gaps.refused("acme/a", start, "a");
  gaps.refused("acme/b", start, "b");
  gaps.cut("acme/a", start, start + 1, "cut");
  gaps.only({"acme/b"});
  EXPECT_THAT(gaps.sentences(), ElementsAre("b", "cut"));
}

TEST(GapsTest, AreForgottenAfterThreeDays) {
  Gaps gaps;
  gaps.refused("acme/a", start, "no");
  gaps.cut("acme/b", start, start + 10, "cut");
  gaps.forget(start + 3 * a_day + 10);
  EXPECT_THAT(gaps.sentences(), ElementsAre("cut", "no"));
  gaps.forget(start + 3 * a_day + 11);
  EXPECT_THAT(gaps.sentences(), ElementsAre("no"));
  EXPECT_EQ(gaps.since("acme/a", start + 5 * a_day), start + 11);
}

TEST(GapsTest, AreTheSameAfterARestart) {
  Gaps gaps;
  gaps.refused("acme/a", start, "no");
  gaps.cut("acme/b", start, start + 10, "cut");
  json::object kept = gaps.to_json();
  kept["project odd"] = 7;
  const Gaps again = Gaps::from(kept);
  EXPECT_EQ(again.to_json(), gaps.to_json());
  EXPECT_EQ(again.since("acme/a", start + 600), start);
}

}  // namespace
}  // namespace carillon::source::hook
