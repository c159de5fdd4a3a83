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

TEST(PathPart, WhatBrowsersFoldIsWrittenInAnotherWay) {
  EXPECT_EQ(path_part("a b/c"), "a%20b%2Fc");
  EXPECT_EQ(path_part("."), "~.");
  EXPECT_EQ(path_part(".."), "~..");
  EXPECT_EQ(path_part("~."), "~~.");
  for (const char* same : {"...", "~", "~a", "~...", "a.", ".a", ""})
    EXPECT_EQ(path_part(same), same);
  for (const char* name : {".", "..", "~.", "~..", "~~.", "...", "~", "~a", "a/.", ""})
    EXPECT_EQ(name_of_part(percent_decode(path_part(name))), name);
  EXPECT_EQ(name_of_part("."), ".") << "of a program that folds nothing";
}

}  // namespace
}  // namespace carillon
