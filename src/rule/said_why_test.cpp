#include "rule/said_why.hpp"

#include <gtest/gtest.h>

namespace carillon::rule {
namespace {

TEST(Reason, IsOneLineOfTwoHundredCharacters) {
  std::string umlauts;
  for (std::size_t i = 0; i < longest_reason; ++i)
    umlauts += "\u00fc";
  EXPECT_EQ(wrong_reason("why", umlauts), "");
  EXPECT_EQ(wrong_reason("why", ""), "");
  EXPECT_EQ(wrong_reason("reason", umlauts + "x"), "reason: has 201 characters, at most 200 are taken");
  for (const char* odd : {"a\nb", "\x1b[31m", "a\u202eb", "a\u2028b", "\x7f", "\xff"})
    EXPECT_EQ(wrong_reason("why", odd), "why: must be one line that everybody can see") << odd;
  EXPECT_NE(wrong_reason("why", std::string_view("a\0b", 3)), "");
}

}  // namespace
}  // namespace carillon::rule
