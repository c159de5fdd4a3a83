#include "pipeline/reporter_queue.hpp"

#include <gtest/gtest.h>

namespace carillon::pipeline {
namespace {

TEST(Queues, KeepsTheOrderOfALane) {
  Queues queues;
  queues.add("a", 1, 0, 10);
  queues.add("a", 2, 0, 10);
  queues.add("b", 3, 0, 10);
  EXPECT_EQ(queues.next(10), "a");
  EXPECT_EQ(queues.first("a"), 1);
  EXPECT_EQ(queues.next(10), "b");
  EXPECT_EQ(queues.next(10), std::nullopt) << "one delivery of a lane at a time";
  queues.settled("a");
  EXPECT_EQ(queues.next(10), "a");
  EXPECT_EQ(queues.first("a"), 2);
  queues.settled("a");
  queues.settled("b");
  EXPECT_EQ(queues.waiting(), 0U);
  EXPECT_EQ(queues.next(10), std::nullopt);
}

TEST(Queues, ALongLaneKeepsItsOrder) {
  Queues queues;
  for (RowId row = 1; row <= 100; ++row)
    queues.add("a", row, 0, 10);
  for (RowId row = 1; row <= 100; ++row) {
    ASSERT_EQ(queues.next(10), "a");
    ASSERT_EQ(queues.first("a"), row);
    ASSERT_EQ(queues.first("a", 2).front(), row);
    if (row % 10 == 0) queues.add("a", 100 + row / 10, 0, 10);
    queues.settled("a");
  }
  EXPECT_EQ(queues.waiting(), 10U);
  ASSERT_EQ(queues.next(10), "a");
  EXPECT_EQ(queues.first("a"), 101);
}

TEST(Queues, KnowsTheOldest) {
  Queues queues;
  EXPECT_EQ(queues.oldest(), std::nullopt);
  queues.add("b", 7, 0, 10);
  queues.add("a", 3, 0, 10);
  queues.add("a", 9, 0, 10);
  queues.add("a", 3, 0, 10);  // again
  EXPECT_EQ(queues.waiting(), 3U);
  EXPECT_EQ(queues.oldest(), 3);
  ASSERT_EQ(queues.next(10), "b");
  ASSERT_EQ(queues.next(10), "a");
  EXPECT_EQ(queues.oldest(), 3) << "what is under way waits, too";
  queues.settled("a");
  EXPECT_EQ(queues.oldest(), 7);
  queues.settled("b");
  EXPECT_EQ(queues.oldest(), 9);
}

TEST(Queues, APostponedHeadHoldsItsLaneOnly) {
  Queues queues;
  queues.add("a", 1, 0, 10);
  queues.add("a", 2, 0, 10);
  queues.add("b", 3, 0, 10);
  ASSERT_EQ(queues.next(10), "a");
  queues.postponed("a", 100, false, 10);
  EXPECT_EQ(queues.next(10), "b");
  EXPECT_EQ(queues.next(99), std::nullopt);
  EXPECT_EQ(queues.wake_at(), 100);
  EXPECT_EQ(queues.next(100), "a");
  EXPECT_EQ(queues.first("a"), 1);
}

TEST(Queues, LanesRestFromTheStart) {
  Queues queues;
  queues.add("a", 1, 50, 10);
  EXPECT_EQ(queues.next(10), std::nullopt);
  EXPECT_EQ(queues.next(50), "a");
}

TEST(Queues, ARowIsAddedOnceAndMayBecomeDueEarlier) {
  Queues queues;
  queues.add("a", 1, 500, 10);
  queues.add("a", 1, 500, 10);
  EXPECT_EQ(queues.waiting(), 1U);
  queues.add("a", 1, 10, 10);
  EXPECT_EQ(queues.next(10), "a");
  queues.settled("a");
  EXPECT_EQ(queues.waiting(), 0U);
}

TEST(Queues, WhenTheTargetIsBackOnlySilentLanesWake) {
  Queues queues;
  queues.add("a", 1, 0, 10);
  queues.add("b", 2, 0, 10);
  queues.next(10);
  queues.next(10);
  queues.postponed("a", 1000, true, 10);
  queues.postponed("b", 1000, false, 10);
  queues.target_is_back();
  EXPECT_EQ(queues.next(10), "a");
  EXPECT_EQ(queues.next(10), std::nullopt);
}

}  // namespace
}  // namespace carillon::pipeline
