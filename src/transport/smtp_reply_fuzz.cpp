// A relay's bytes: the same replies however they are cut, and what is told of them is one printable line.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "transport/smtp_reply.hpp"

namespace {

using namespace carillon;

struct Read {
  std::string replies;
  std::string error;
};

Read hear(std::string_view input, std::size_t piece) {
  smtp::ReplyParser parser;
  Read heard;
  while (!input.empty() && heard.error.empty()) {
    parser.feed(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    while (const auto reply = parser.next()) {
      const std::string text = reply->text();
      if (reply->code < 200 || reply->code > 599 || reply->lines.empty()) std::abort();
      if (text.find_first_of("\r\n") != std::string::npos || valid_utf8(text) != text) std::abort();
      if (ellipsize(text, 500) != text) std::abort();
      static_cast<void>(smtp::capabilities_of(*reply));
      heard.replies += text + "\n";
    }
    heard.error = parser.error();
  }
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Read pieces = hear(input, data[0] % 64 + 1U);
  const Read whole = hear(input, input.size() + 1);
  if (pieces.replies != whole.replies || pieces.error.empty() != whole.error.empty()) std::abort();
  const std::string shown = smtp::printable(input, 40);
  if (ellipsize(shown, 40) != shown || valid_utf8(shown) != shown) std::abort();
  if (smtp::printable(shown, 40) != shown) std::abort();
  return 0;
}
