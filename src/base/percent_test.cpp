#include "base/percent.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Percent, IsDecodedOnce) {
  EXPECT_EQ(percent_decode("%7Bab%7d/widgets"), "{ab}/widgets");
  EXPECT_EQ(percent_decode("%2541"), "%41");
  EXPECT_EQ(percent_decode("group%2Frepo"), "group/repo");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%20"), "%zz ");
  EXPECT_EQ(percent_decode(""), "");
}

}  // namespace
}  // namespace carillon
