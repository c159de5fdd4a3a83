#include "base/letters.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Letters, OnlyThoseOfAsciiHaveACase) {
  EXPECT_EQ(lower("Content-TYPE @[`{ Z"), "content-type @[`{ z");
  EXPECT_EQ(lower("ÄÖ \xC4\xFF"), "ÄÖ \xC4\xFF");
  EXPECT_EQ(lower(std::string_view("A\0B", 3)), std::string("a\0b", 3));
}

TEST(Letters, SameWithoutTheirCase) {
  EXPECT_TRUE(same_letters("ETag", "etag"));
  EXPECT_TRUE(same_letters("", ""));
  EXPECT_FALSE(same_letters("ETag", "ETags"));
  EXPECT_FALSE(same_letters("@", "`"));
}

}  // namespace
}  // namespace carillon
