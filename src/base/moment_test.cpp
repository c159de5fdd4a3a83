#include "base/moment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace carillon {
namespace {

constexpr Millis now = 1'764'100'800'000;  // 2025-11-25T20:00:00Z
constexpr Millis hour = 3'600'000;

TEST(Moment, HowLongAgo) {
  EXPECT_EQ(parse_moment("90s", now), now - 90'000);
  EXPECT_EQ(parse_moment("2h", now), now - 2 * hour);
  EXPECT_EQ(parse_moment(" 1h 30m ", now), now - hour - hour / 2);
  EXPECT_EQ(parse_moment("1h30min", now), now - hour - hour / 2);
  EXPECT_EQ(parse_moment("3 days", now), now - 72 * hour);
  EXPECT_EQ(parse_moment("2 Weeks ago", now), now - 14 * 24 * hour);
  EXPECT_EQ(parse_moment("0s", now), now);
}

TEST(Moment, WrittenWithAZone) {
  EXPECT_EQ(parse_moment("2025-11-25T20:00:00Z", now), now);
  EXPECT_EQ(parse_moment("2025-11-25t20:00:00.250z", now), now + 250);
  EXPECT_EQ(parse_moment("2025-11-25 21:00:00+01:00", now), now);
  EXPECT_EQ(parse_moment("2025-11-25T15:30-04:30", now), now);
  EXPECT_EQ(parse_moment("2025-11-25T20:00:00.123456Z", now), now + 123);
}

TEST(Moment, WrittenInLocalTime) {
  setenv("TZ", "Europe/Berlin", 1);  // NOLINT(concurrency-mt-unsafe): one thread
  tzset();
  EXPECT_EQ(parse_moment("2025-11-25 21:00", now), now);
  EXPECT_EQ(parse_moment("2025-11-25 20:00", now, Zone::utc), now);
  EXPECT_EQ(parse_moment("2025-11-25 21:00+01:00", now, Zone::utc), now);
  EXPECT_EQ(parse_moment("2025-11-25T21:00:05", now), now + 5000);
  EXPECT_EQ(parse_moment("2025-07-01 02:00", now), 1'751'328'000'000) << "summer time";
  EXPECT_EQ(parse_moment("2025-11-25", now), now - 21 * hour);
  unsetenv("TZ");  // NOLINT(concurrency-mt-unsafe)
  tzset();
}

TEST(Moment, AnythingElseIsRefused) {
  for (const char* text : {"",
                           " ",
                           "yesterday",
                           "2",
                           "h",
                           "-2h",
                           "2h ago!",
                           "ago",
                           "2 fortnights",
                           "2025",
                           "2025-02-30",
                           "2025-13-01",
                           "2025-11-25T24:00:00Z",
                           "2025-11-25T20",
                           "2025-11-25T20:00:00.",
                           "2025-11-25T20:60Z",
                           "2025-11-25T20:00:00+1",
                           "2025-11-25T20:00:00Zx",
                           "25.11.2025",
                           "99999999999999999999d",
                           "9999999999w"})
    EXPECT_EQ(parse_moment(text, now), std::nullopt) << text;
}

TEST(Moment, MinutesAreToldInUtc) {
  EXPECT_EQ(minute_text(1'764'345'605'999), "2025-11-28 16:00 UTC");
}

}  // namespace
}  // namespace carillon
