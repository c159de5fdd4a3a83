#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Encoding, HexOfEveryByteHasTwoDigits) {
  EXPECT_EQ(hex_encode(""), "");
  EXPECT_EQ(hex_encode(std::string_view("\0\x0a\x7f\xff", 4)), "000a7fff");
}

TEST(Base64, FollowsTheVectorsOfRfc4648) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
  for (const char* text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    EXPECT_EQ(base64_decode(base64_encode(text)), text);
  }
  EXPECT_EQ(base64_decode("a"), std::nullopt);
  EXPECT_EQ(base64_decode("a*cd"), std::nullopt);
}

TEST(PercentEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("az-._~09"), "az-._~09");
  EXPECT_EQ(percent_encode("a b/c\u00e9"), "a%20b%2Fc%C3%A9");
}

TEST(Utf8, PrefixEndsAtACharacter) {
  EXPECT_EQ(utf8_prefix("a\u00e9", 2), "a");
  EXPECT_EQ(utf8_prefix("a\u00e9", 3), "a\u00e9");
  EXPECT_EQ(utf8_prefix("\U0001F514", 3), "");
}

TEST(Utf8, InvalidBytesAreReplaced) {
  EXPECT_EQ(valid_utf8("ok \U0001F514"), "ok \U0001F514");
  EXPECT_EQ(valid_utf8("a\xff"
                       "b"),
            "a\uFFFD"
            "b");
  EXPECT_EQ(valid_utf8("\xc0\x80"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // surrogate
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80").size(), 12U);        // above U+10FFFF
}

TEST(Ellipsize, CountsCharactersNotBytes) {
  EXPECT_EQ(ellipsize("abc", 3), "abc");
  EXPECT_EQ(ellipsize("abcd", 3), "ab\u2026");
  EXPECT_EQ(ellipsize("\u00e9\u00e9\u00e9\u00e9", 3), "\u00e9\u00e9\u2026");
  EXPECT_EQ(ellipsize("abcd", 0), "");
}

TEST(FoldToLine, LeavesNoLineBreak) {
  EXPECT_EQ(fold_to_line("a\r\nBcc: x\n"), "a Bcc: x");
  EXPECT_EQ(fold_to_line(std::string_view("a\0b", 3)), "a b");
  EXPECT_EQ(fold_to_line("\n\n"), "");
}

TEST(HeadAndTail, KeepsBothEndsAndSaysWhatIsMissing) {
  EXPECT_EQ(head_and_tail("short", 10), "short");
  const std::string cut = head_and_tail("aaaaa" + std::string(90, 'x') + "zzzzz", 10);
  EXPECT_EQ(cut, "aaaaa\n[... 90 bytes left out ...]\nzzzzz");
}

TEST(ShortHash, IsStable) {
  EXPECT_EQ(short_hash(""), "cbf29ce484222325");
  EXPECT_NE(short_hash("a"), short_hash("b"));
}

}  // namespace
}  // namespace carillon
