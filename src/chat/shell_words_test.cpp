#include "chat/shell_words.hpp"

#include <gtest/gtest.h>

namespace carillon::chat {
namespace {

using Words = std::vector<std::string>;

Words split(std::string_view text) {
  auto words = split_words(text);
  EXPECT_TRUE(words) << text;
  return words ? *words : Words{"(failed)"};
}

TEST(ShellWords, AreSplitAtBlanks) {
  EXPECT_EQ(split(""), Words());
  EXPECT_EQ(split(" \t\r\n"), Words());
  EXPECT_EQ(split("force  build\tlinux\nnow "), (Words{"force", "build", "linux", "now"}));
}

TEST(ShellWords, QuotesAndBackslashesAreTheShells) {
  EXPECT_EQ(split("'a b' \"c d\""), (Words{"a b", "c d"}));
  EXPECT_EQ(split("a'b'c\"d\"e"), (Words{"abcde"}));
  EXPECT_EQ(split("'' \"\""), (Words{"", ""}));
  EXPECT_EQ(split(R"(a\ b 'a\b' "a\"b" "a\\b" "a\nb" \')"),
            (Words{"a b", "a\\b", "a\"b", "a\\b", "a\\nb", "'"}));
  EXPECT_EQ(split("#chan $HOME *"), (Words{"#chan", "$HOME", "*"}));
}

TEST(ShellWords, WhatIsOpenIsAnError) {
  for (const char* text : {"'", "\"", "it's", "a \"b", "a 'b\"", "\"a\\\"", "a\\"}) {
    const auto words = split_words(text);
    ASSERT_FALSE(words) << text;
    EXPECT_EQ(words.error().kind, Failure::Kind::rejected);
    EXPECT_FALSE(words.error().what.empty());
  }
}

TEST(ShellWords, AQuotedTextIsOneWord) {
  EXPECT_EQ(shell_quote("builder-1.x"), "builder-1.x");
  EXPECT_EQ(shell_quote("P=V"), "P=V");
  EXPECT_EQ(shell_quote(""), "''");
  for (const std::string text :
       {"a b", "it's", "\"", "'", "''", "\\", "a\\'b", "line\nline", "\xc3\xa4 \xf0\x9f\x9a\x80", "{} {0}"})
    EXPECT_EQ(split(shell_quote(text)), Words{text});
  const std::string nul("a\0b", 3);
  EXPECT_EQ(split(shell_quote(nul)), Words{nul});
}

}  // namespace
}  // namespace carillon::chat
