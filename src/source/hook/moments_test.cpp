#include "source/hook/moments.hpp"

#include <gtest/gtest.h>

namespace carillon::source::hook {
namespace {

TEST(MomentsTest, AreReadAsCisWriteThem) {
  EXPECT_EQ(moment_of("2021-08-05T10:34:58Z"), 1'628'159'698);
  EXPECT_EQ(moment_of("2021-08-05T10:26:08.000Z"), 1'628'159'168);
  EXPECT_EQ(moment_of("2021-08-05T12:34:58+02:00"), 1'628'159'698);
  EXPECT_EQ(moment_of("2016-08-12 15:23:28 UTC"), 1'471'015'408);
  EXPECT_EQ(moment_of("2021-04-28 21:50:00 +0200"), 1'619'639'400);
  EXPECT_EQ(moment_of("20260504T100731+0000"), 1'777'889'251);
  EXPECT_EQ(moment_of("2024-02-29T23:59:60Z"), 1'709'251'200);
}

TEST(MomentsTest, WhatIsNoneIsNone) {
  for (const char* text : {"", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2014-04-14 7:57 PM",
                           "2021-08-05T10:34:58", "2021-13-05T10:34:58Z", "2021-02-30T10:34:58Z",
                           "2021-08-05T25:34:58Z", "2021-08-05T10:34:58Zx", "yesterday", "2021-08-05"})
    EXPECT_EQ(moment_of(text), std::nullopt) << text;
}

TEST(MomentsTest, NumbersAreSecondsOrMilliseconds) {
  const json::object object{{"s", 1'628'159'698}, {"ms", 1'628'159'698'123},        {"f", 1'628'159'698.75},
                            {"zero", 0},          {"text", "2021-08-05T10:34:58Z"}, {"huge", 1e300},
                            {"null", nullptr}};
  for (const char* path : {"s", "ms", "f", "text"})
    EXPECT_EQ(moment_at(object, path), 1'628'159'698) << path;
  for (const char* path : {"zero", "huge", "null", "missing"})
    EXPECT_EQ(moment_at(object, path), std::nullopt) << path;
}

TEST(MomentsTest, AreWrittenAsTheyAreRead) {
  EXPECT_EQ(iso_of(1'628'159'698), "2021-08-05T10:34:58Z");
  EXPECT_EQ(moment_of(iso_of(1'709'251'199)), 1'709'251'199);
}

}  // namespace
}  // namespace carillon::source::hook
