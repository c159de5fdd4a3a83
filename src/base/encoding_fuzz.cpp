// Encodings of any bytes: what is encoded comes back, what is cleaned is clean and stays as it is, limits
// hold.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "base/percent.hpp"

namespace {

using namespace carillon;

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned>(c) & 0xC0U) != 0x80; }));
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t limit = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  check(base64_decode(base64_encode(bytes)) == std::string(bytes));
  if (const auto decoded = base64_decode(bytes)) check(base64_decode(base64_encode(*decoded)) == *decoded);
  check(percent_decode(percent_encode(bytes)) == bytes);
  check(short_hash(bytes).size() == 16);

  const std::string text = valid_utf8(bytes);
  check(valid_utf8(text) == text);
  const std::string_view prefix = utf8_prefix(text, limit);
  check(prefix.size() <= limit && text.starts_with(prefix) && valid_utf8(prefix) == prefix);
  check(prefix.size() + 4 > std::min(limit, text.size()));  // no more is cut than has to be
  const std::string shown = ellipsize(text, limit);
  check(code_points(shown) <= limit && valid_utf8(shown) == shown && ellipsize(shown, limit) == shown);
  const std::string ends = head_and_tail(text, limit);
  check(valid_utf8(ends) == ends && (text.size() <= limit ? ends == text : ends.size() < limit + 60));

  const std::string line = fold_to_line(bytes);
  check(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  check(fold_to_line(line) == line && line.size() <= bytes.size());
  return 0;
}
