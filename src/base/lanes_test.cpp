#include "base/lanes.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Lanes, KeepsTheOrderOfALane) {
  Lanes<std::int64_t> lanes;
  lanes.add("a", 1, 0, 10);
  lanes.add("a", 2, 0, 10);
  lanes.add("b", 3, 0, 10);
  EXPECT_EQ(lanes.next(10), "a");
  EXPECT_EQ(lanes.first("a"), 1);
  EXPECT_EQ(lanes.next(10), "b");
  EXPECT_EQ(lanes.next(10), std::nullopt) << "one delivery of a lane at a time";
  lanes.settled("a");
  EXPECT_EQ(lanes.next(10), "a");
  EXPECT_EQ(lanes.first("a"), 2);
  lanes.settled("a");
  lanes.settled("b");
  EXPECT_EQ(lanes.size(), 0U);
  EXPECT_EQ(lanes.next(10), std::nullopt);
}

TEST(Lanes, ALongLaneKeepsItsOrder) {
  Lanes<std::int64_t> lanes;
  for (std::int64_t row = 1; row <= 100; ++row)
    lanes.add("a", row, 0, 10);
  for (std::int64_t row = 1; row <= 100; ++row) {
    ASSERT_EQ(lanes.next(10), "a");
    ASSERT_EQ(lanes.first("a"), row);
    ASSERT_EQ(lanes.first("a", 2).front(), row);
    if (row % 10 == 0) lanes.add("a", 100 + row / 10, 0, 10);
    lanes.settled("a");
  }
  EXPECT_EQ(lanes.size(), 10U);
  ASSERT_EQ(lanes.next(10), "a");
  EXPECT_EQ(lanes.first("a"), 101);
}

TEST(Lanes, KnowsTheOldest) {
  Lanes<std::int64_t> lanes;
  EXPECT_EQ(lanes.oldest(), std::nullopt);
  lanes.add("b", 7, 0, 10);
  lanes.add("a", 3, 0, 10);
  lanes.add("a", 9, 0, 10);
  lanes.add("a", 3, 0, 10);  // again
  EXPECT_EQ(lanes.size(), 3U);
  EXPECT_EQ(lanes.oldest(), 3);
  ASSERT_EQ(lanes.next(10), "b");
  ASSERT_EQ(lanes.next(10), "a");
  EXPECT_EQ(lanes.oldest(), 3) << "what is under way waits, too";
  lanes.settled("a");
  EXPECT_EQ(lanes.oldest(), 7);
  lanes.settled("b");
  EXPECT_EQ(lanes.oldest(), 9);
}

TEST(Lanes, APostponedHeadHoldsItsLaneOnly) {
  Lanes<std::int64_t> lanes;
  lanes.add("a", 1, 0, 10);
  lanes.add("a", 2, 0, 10);
  lanes.add("b", 3, 0, 10);
  ASSERT_EQ(lanes.next(10), "a");
  lanes.postponed("a", 100, false, 10);
  EXPECT_EQ(lanes.next(10), "b");
  EXPECT_EQ(lanes.next(99), std::nullopt);
  EXPECT_EQ(lanes.wake_at(), 100);
  EXPECT_EQ(lanes.next(100), "a");
  EXPECT_EQ(lanes.first("a"), 1);
}

TEST(Lanes, LanesRestFromTheStart) {
  Lanes<std::int64_t> lanes;
  lanes.add("a", 1, 50, 10);
  EXPECT_EQ(lanes.next(10), std::nullopt);
  EXPECT_EQ(lanes.next(50), "a");
}

TEST(Lanes, ARowIsAddedOnceAndMayBecomeDueEarlier) {
  Lanes<std::int64_t> lanes;
  lanes.add("a", 1, 500, 10);
  lanes.add("a", 1, 500, 10);
  EXPECT_EQ(lanes.size(), 1U);
  lanes.add("a", 1, 10, 10);
  EXPECT_EQ(lanes.next(10), "a");
  lanes.settled("a");
  EXPECT_EQ(lanes.size(), 0U);
}

TEST(Lanes, WhenTheTargetIsBackOnlySilentLanesWake) {
  Lanes<std::int64_t> lanes;
  lanes.add("a", 1, 0, 10);
  lanes.add("b", 2, 0, 10);
  lanes.next(10);
  lanes.next(10);
  lanes.postponed("a", 1000, true, 10);
  lanes.postponed("b", 1000, false, 10);
  lanes.silence_is_over();
  EXPECT_EQ(lanes.next(10), "a");
  EXPECT_EQ(lanes.next(10), std::nullopt);
}

}  // namespace
}  // namespace carillon
