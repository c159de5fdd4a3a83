#include "store/postgres/texts.hpp"

#include <gtest/gtest.h>

namespace carillon::store::postgres {
namespace {

TEST(PostgresTexts, WhatPostgresqlDoesNotKeepIsReplaced) {
  using namespace std::string_literals;
  EXPECT_EQ(clean("plain text that is longer than a word"), "plain text that is longer than a word");
  EXPECT_EQ(clean("gr\u00fc\u00dfe"), "gr\u00fc\u00dfe");
  EXPECT_EQ(clean("a\0b"s), "a\uFFFD"s + "b");
  EXPECT_EQ(clean("12345678\0"s), "12345678\uFFFD");
  EXPECT_EQ(clean("12345678\xff"), "12345678\uFFFD");
  EXPECT_EQ(clean(""), "");
  EXPECT_TRUE(is_clean("gr\u00fc\u00dfe"));
  EXPECT_TRUE(is_clean("\x01\x7f 1234567"));
  EXPECT_FALSE(is_clean("123456789\0"s));
  EXPECT_FALSE(is_clean("\xc3"));
}

TEST(PostgresTexts, KeysAreShortAndStayApart) {
  const std::string name(640, 'x');
  EXPECT_EQ(clean_key(name), name);
  const std::string one = clean_key(name + "1");
  EXPECT_EQ(one.size(), 640U);
  EXPECT_NE(one, clean_key(name + "2"));
  EXPECT_EQ(one, clean_key(name + "1"));
  std::string umlauts;
  for (int i = 0; i < 2000; ++i)
    umlauts += "\u00fc";
  EXPECT_LE(clean_key(umlauts).size(), 640U);
  EXPECT_TRUE(is_clean(clean_key(umlauts)));
}

}  // namespace
}  // namespace carillon::store::postgres
