#include "transport/smtp_data.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace carillon::smtp {
namespace {

std::string encoded(std::string_view text, std::size_t piece) {
  DataEncoder encoder;
  std::string all;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    encoder.add(all, text.substr(0, piece));
  encoder.end(all);
  return all;
}

TEST(SmtpData, StuffsDotsAndMendsLineEnds) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", ".\r\n"},
      {"a", "a\r\n.\r\n"},
      {".", "..\r\n.\r\n"},
      {"a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
      {"a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
      {"a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"},
      {"a\r\n..x\r\n", "a\r\n...x\r\n.\r\n"},
      {"a\r\r\nb\n\r", "a\r\n\r\nb\r\n\r\n.\r\n"},
      {"\r\n\n\r", "\r\n\r\n\r\n.\r\n"},
  };
  for (const auto& [text, expected] : table) {
    for (const std::size_t piece : {1U, 2U, 3U, 100U})
      EXPECT_EQ(encoded(text, piece), expected) << text << piece;
  }
}

}  // namespace
}  // namespace carillon::smtp
