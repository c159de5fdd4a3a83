#include "view/hold.hpp"

#include <gmock/gmock.h>

namespace carillon::view {
namespace {

using testing::HasSubstr;

constexpr Millis held_noon = 1'750'000'000'000;
constexpr Millis held_hour = 3'600'000;

TEST(Hold, AnEndIsALengthOrAMoment) {
  EXPECT_EQ(until_of("2h", held_noon).value(), held_noon + 2 * held_hour);
  EXPECT_EQ(until_of("2025-06-15T16:00:00Z", held_noon).value(), 1'750'003'200'000);
  EXPECT_EQ(until_of("2h ago", held_noon).value(), held_noon - 2 * held_hour);
  EXPECT_EQ(until_of(" 1h 30m AGO ", held_noon).value(), held_noon - 3 * held_hour / 2);
  EXPECT_THAT(until_of("soon", held_noon).error().what, HasSubstr("'soon' is not a time"));
}

TEST(Hold, AtMostTwoDaysAndNeverWithoutAReason) {
  EXPECT_TRUE(may_hold(held_noon + 48 * held_hour, "the disk moves", held_noon));
  EXPECT_THAT(may_hold(held_noon + 48 * held_hour + 1, "x", held_noon).error().what,
              HasSubstr("at most two days"));
  EXPECT_THAT(may_hold(held_noon, "x", held_noon).error().what, HasSubstr("not in the future"));
  EXPECT_THAT(may_hold(held_noon + 1, " ", held_noon).error().what, HasSubstr("why: say why"));
  EXPECT_THAT(may_hold(held_noon + 1, "", held_noon, "reason").error().what, HasSubstr("reason: say why"));
  EXPECT_THAT(may_hold(held_noon + 1, std::string(201, 'x'), held_noon).error().what,
              HasSubstr("at most 200"));
}

}  // namespace
}  // namespace carillon::view
