#include "view/hold.hpp"

#include <gmock/gmock.h>

namespace carillon::view {
namespace {

using testing::HasSubstr;

constexpr Millis noon = 1'750'000'000'000;
constexpr Millis an_hour = 3'600'000;

TEST(Hold, AnEndIsALengthOrAMoment) {
  EXPECT_EQ(until_of("2h", noon).value(), noon + 2 * an_hour);
  EXPECT_EQ(until_of("2025-06-15T16:00:00Z", noon).value(), 1'750'003'200'000);
  EXPECT_THAT(until_of("soon", noon).error().what, HasSubstr("'soon' is not a time"));
}

TEST(Hold, AtMostTwoDaysAndNeverWithoutAReason) {
  EXPECT_TRUE(may_hold(noon + 48 * an_hour, "the disk moves", noon));
  EXPECT_THAT(may_hold(noon + 48 * an_hour + 1, "x", noon).error().what, HasSubstr("at most two days"));
  EXPECT_THAT(may_hold(noon, "x", noon).error().what, HasSubstr("not in the future"));
  EXPECT_THAT(may_hold(noon + 1, " ", noon).error().what, HasSubstr("say why"));
}

}  // namespace
}  // namespace carillon::view
