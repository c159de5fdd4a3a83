#include "script/activity.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace carillon::script {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(ActivityTest, APieceCountsWhileItIsUnderWayAndOnceItHasEnded) {
  Activity activity;
  EXPECT_EQ(activity.moment().worked, nanoseconds(0));
  activity.begin(7);
  std::this_thread::sleep_for(milliseconds(20));
  const Activity::Moment under_way = activity.moment();
  EXPECT_TRUE(under_way.busy());
  EXPECT_EQ(under_way.request, 7U);
  EXPECT_GE(under_way.piece, milliseconds(20));
  EXPECT_EQ(under_way.worked, under_way.piece);
  EXPECT_EQ(under_way.held, under_way.piece);
  EXPECT_TRUE(activity.still_at(under_way));
  activity.end();
  EXPECT_FALSE(activity.still_at(under_way));
  const Activity::Moment ended = activity.moment();
  EXPECT_FALSE(ended.busy());
  EXPECT_EQ(ended.piece, nanoseconds(0));
  EXPECT_GE(ended.worked, under_way.worked);
  EXPECT_EQ(ended.held, nanoseconds(0)) << "a second is long; that was not";
}

TEST(ActivityTest, OnlyLongPiecesHoldOthersUp) {
  Activity activity;
  activity.set_long_piece(milliseconds(10));
  activity.begin(1);
  std::this_thread::sleep_for(milliseconds(15));
  activity.end();
  EXPECT_GE(activity.held(), milliseconds(15));
}

TEST(ActivityTest, LoadsWhatWasTakenToBeLoaded) {
  Activity activity;
  activity.take(3, true);
  activity.begin(3);
  EXPECT_TRUE(activity.moment().loads);
  activity.begin(4);
  EXPECT_FALSE(activity.moment().loads) << "a task of another request goes on meanwhile";
  activity.take(5, false);
  activity.begin(5);
  EXPECT_FALSE(activity.moment().loads);
}

// A reader never sees a piece twice, nor not at all: the sum only grows.
TEST(ActivityTest, TheSumNeverGoesBack) {
  Activity activity;
  std::jthread worker([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      activity.begin(1);
      activity.end();
    }
  });
  nanoseconds before{};
  for (int i = 0; i < 20'000; ++i) {
    const nanoseconds now = activity.moment().worked;
    ASSERT_GE(now, before);
    before = now;
  }
}

}  // namespace
}  // namespace carillon::script
