#include "base/piecewise.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace carillon {
namespace {

std::string bytes_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i)
    text += static_cast<char>(i * 37 % 251);
  return text;
}

std::string whole(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 57)
    out += base64_encode(text.substr(i, 57)) + "\r\n";
  return out;
}

TEST(Base64Lines, PiecesOfAnySizeGiveTheSameLines) {
  const std::string text = bytes_of(1000);
  for (const std::size_t piece : {1U, 2U, 3U, 56U, 57U, 58U, 171U, 999U, 1000U}) {
    Base64Lines lines;
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += piece)
      lines.add(out, std::string_view(text).substr(i, piece));
    lines.end(out);
    EXPECT_EQ(out, whole(text)) << "in pieces of " << piece;
  }
}

TEST(Base64Lines, TellsHowLongItBecomes) {
  for (std::size_t size = 0; size < 300; ++size) {
    Base64Lines lines;
    std::string out;
    lines.add(out, bytes_of(size));
    lines.end(out);
    EXPECT_EQ(out.size(), Base64Lines::size_of(size));
  }
  EXPECT_EQ(Base64Lines::size_of(std::uint64_t{57} << 32U), std::uint64_t{78} << 32U);
}

TEST(Base64Lines, TellsHowMuchFits) {
  for (std::uint64_t size = 0; size < 1000; ++size) {
    const std::uint64_t bytes = Base64Lines::fitting(size);
    EXPECT_LE(Base64Lines::size_of(bytes), size);
    EXPECT_GT(Base64Lines::size_of(bytes + 1), size) << size;
  }
}

TEST(JsonEscaped, IsWhatAParserReadsBack) {
  std::string text = "plain \"quoted\" back\\slash \u00e9\u2026 end\x7f";
  for (char c = 0; c < 0x20; ++c)
    text += c;
  std::string out = "\"";
  append_json_escaped(out, text);
  EXPECT_EQ(out.size() - 1, json_escaped_size(text));
  out += '"';
  EXPECT_EQ(json::parse(out).as_string(), text);
  EXPECT_EQ(out, json::serialize(json::value(text)));
}

TEST(JsonEscaped, PiecesMayBeCutWithinACharacter) {
  const std::string text = "a\u00e9\n\u2026\"";
  std::string whole;
  append_json_escaped(whole, text);
  std::string pieces;
  std::uint64_t size = 0;
  for (const char c : text) {
    append_json_escaped(pieces, std::string_view(&c, 1));
    size += json_escaped_size(std::string_view(&c, 1));
  }
  EXPECT_EQ(pieces, whole);
  EXPECT_EQ(size, whole.size());
}

}  // namespace
}  // namespace carillon
