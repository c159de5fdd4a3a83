// What of the time on the wall was seen to pass.
#include "pipeline/seen_time.hpp"

#include <gtest/gtest.h>

#include "fakes/clock.hpp"

namespace carillon::pipeline {
namespace {

using test::hour;

constexpr Millis start = 1'700'000'000'000;
constexpr Millis year = Millis{365} * 24 * hour;

TEST(SeenTime, WithoutJumpsItIsTheClock) {
  EXPECT_EQ(SeenTime().since(start, start + hour), hour);
}

TEST(SeenTime, PutForward) {
  SeenTime time;
  time.jumped(start + hour + year, year);
  EXPECT_EQ(time.since(start, start + year + (2 * hour)), 2 * hour);
  EXPECT_EQ(time.since(start + year + (2 * hour), start + year + (3 * hour)), hour) << "noted afterwards";
}

TEST(SeenTime, PutForwardAndBackAgain) {
  SeenTime time;
  time.jumped(start + hour + year, year);
  time.jumped(start + (3 * hour), -year);
  EXPECT_EQ(time.since(start, start + (4 * hour)), 4 * hour) << "noted before both";
  EXPECT_EQ(time.since(start + year + (2 * hour), start + (5 * hour)), 3 * hour)
      << "between: by then 2 hours had passed";
  EXPECT_EQ(time.since(start + (4 * hour), start + (5 * hour)), hour) << "noted afterwards";
}

TEST(SeenTime, ATimeThatTheClockShowedTwice) {
  SeenTime time;
  time.jumped(start, -hour);
  EXPECT_EQ(time.since(start + (hour / 2), start + (hour / 2) + 1), 1) << "after it was put back";
  EXPECT_EQ(time.since(start - hour, start + hour), 3 * hour);
}

TEST(SeenTime, ItIsKeptAndTheTimeOffIsNotSeen) {
  SeenTime before;
  before.jumped(start + hour + year, year);
  const SeenTime after = SeenTime::from_record(before.record(start + year + (2 * hour)), start + (3 * year));
  EXPECT_EQ(after.since(start, start + (3 * year) + hour), 3 * hour);
}

TEST(SeenTime, AnotherRecordIsNone) {
  for (const char* record : {"null", "[]", "{}", R"({"jumps": [1, [], ["x", 2], [1, 2, 3]]})"}) {
    const SeenTime time = SeenTime::from_record(json::parse(record), start);
    EXPECT_EQ(time.since(start - hour, start), hour) << record;
  }
}

TEST(SeenTime, OfVeryManyJumpsTheOldestAreTakenTogether) {
  SeenTime time;
  for (int i = 1; i <= 1000; ++i)
    time.jumped(start + (i * 2 * hour), hour);
  EXPECT_EQ(time.since(start, start + (2001 * hour)), 1001 * hour);
  EXPECT_LT(json::serialize(time.record(start)).size(), 10'000U);
}

}  // namespace
}  // namespace carillon::pipeline
