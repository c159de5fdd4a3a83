#include "exec/capture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace carillon::exec {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Capture, KeepsWhatFits) {
  Capture capture(10);
  capture.add("12345");
  capture.add("67890");
  EXPECT_EQ(capture.text(), "1234567890");
  EXPECT_EQ(capture.total(), 10U);
}

TEST(Capture, KeepsTheBeginningAndTheEndOfMore) {
  Capture capture(10);
  for (int i = 0; i < 1000; ++i)
    capture.add("abcdefg");
  capture.add("THE END");
  EXPECT_EQ(capture.total(), 7007U);
  EXPECT_EQ(capture.text(), "abcde\n[... 6997 bytes left out ...]\nE END");
}

TEST(Capture, OnePieceOfAnySizeIsLikeManySmallOnes) {
  const std::string all(100'000, 'x');
  Capture one(1000);
  one.add("begin" + all + "end");
  Capture many(1000);
  for (const char c : "begin" + all + "end")
    many.add(std::string_view(&c, 1));
  EXPECT_EQ(one.text(), many.text());
}

TEST(Capture, BytesThatAreNoTextBecomeText) {
  Capture capture(100);
  capture.add(std::string_view("a\0b\xff\xc3", 5));
  EXPECT_EQ(capture.text(), "a\uFFFDb\uFFFD\uFFFD");
}

TEST(Capture, ACutLeavesNoHalfCharacters) {
  for (std::size_t size = 0; size < 40; ++size) {
    Capture capture(size);
    std::string given;
    for (int i = 0; i < 30; ++i)
      given += "a\u00e4\u2026\U0001F514";
    capture.add(given);
    const std::string text = capture.text();
    EXPECT_THAT(text, testing::Not(HasSubstr("\uFFFD"))) << size;
    EXPECT_EQ(valid_utf8(text), text);
    EXPECT_THAT(text, HasSubstr("bytes left out"));
  }
}

TEST(Capture, ACharacterThatComesInPiecesIsOne) {
  Capture capture(100);
  capture.add("\xe2\x80");
  capture.add("\xa6");
  EXPECT_EQ(capture.text(), "\u2026");
}

TEST(Capture, NothingIsKeptOfNothing) {
  Capture capture(0);
  EXPECT_EQ(capture.text(), "");
  capture.add("abc");
  EXPECT_EQ(capture.text(), "\n[... 3 bytes left out ...]\n");
}

}  // namespace
}  // namespace carillon::exec
