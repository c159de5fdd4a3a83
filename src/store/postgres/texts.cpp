#include "store/postgres/texts.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace carillon::store::postgres {
namespace {

// A row of an index has room for 2704 bytes, and the longest index has three texts.
constexpr std::size_t longest_key = 640;
constexpr std::size_t digest_bytes = 16;

// Mostly all is ASCII: eight bytes at a time.
bool is_plain(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t high = 0x8080808080808080;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if (((word | (word - ones)) & high) != 0) break;
  }
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                     [](char c) { return c > 0; });
}

}  // namespace

bool is_clean(std::string_view text) {
  return is_plain(text) || (text.find('\0') == std::string_view::npos && valid_utf8(text) == text);
}

std::string clean(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string made = valid_utf8(text);
  for (std::size_t at = made.find('\0'); at != std::string::npos; at = made.find('\0', at))
    made.replace(at, 1, "\xEF\xBF\xBD");
  return made;
}

std::string clean_key(std::string_view text) {
  std::string made = clean(text);
  if (made.size() <= longest_key) return made;
  const std::string digest = hex_encode(sha256(made).substr(0, digest_bytes));
  return std::string(utf8_prefix(made, longest_key - digest.size() - 1)) + "~" + digest;
}

}  // namespace carillon::store::postgres
