#include "model/times.hpp"

#include <gtest/gtest.h>

#include "base/foreign_time.hpp"

namespace carillon {
namespace {

constexpr Millis heard = 1'700'000'000'500;

json::object plausible_of(std::string_view text) {
  json::object build = json::parse(text).as_object();
  make_times_plausible(build, heard);
  return build;
}

TEST(Times, FarAheadOfOurClockCountsAsNow) {
  EXPECT_EQ(plausible_of(R"({"started_at": 4080000000, "complete_at": 9223372036854775807,
                             "buildrequest": {"submitted_at": 4080000000}, "buildset": {"submitted_at": 1700000301}})"),
            json::parse(R"({"started_at": 1700000000, "complete_at": 1700000000,
                            "buildrequest": {"submitted_at": 1700000000}, "buildset": {"submitted_at": 1700000000}})"));
}

TEST(Times, WhatCanBeStays) {
  const char* text = R"({"started_at": 1700000300, "complete_at": null, "number": 4080000000,
                         "buildrequest": {"submitted_at": 1, "x": 2}, "buildset": {"submitted_at": "soon"}})";
  EXPECT_EQ(plausible_of(text), json::parse(text));
  EXPECT_EQ(plausible_of(R"({"buildrequest": null, "buildset": []})"),
            json::parse(R"({"buildrequest": null, "buildset": []})"));
}

TEST(Times, BeforeTheEpochIsTheEpoch) {
  EXPECT_EQ(plausible_of(R"({"started_at": -9223372036854775808})").at("started_at"), 0);
}

TEST(Times, SecondsThatDoNotFit) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(to_millis(1'700'000'000), 1'700'000'000'000);
  EXPECT_EQ(to_millis(most), most / 1000 * 1000);
  EXPECT_EQ(to_millis(std::numeric_limits<std::int64_t>::min()), -(most / 1000 * 1000));
}

}  // namespace
}  // namespace carillon
