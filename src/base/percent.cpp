#include "base/percent.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace carillon {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "~~..": as many '~' as it likes, and one or two dots.
bool is_dots(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('~'), text.size()));
  return text == "." || text == "..";
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string raw;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    raw += escape ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return raw;
}

std::string path_part(std::string_view name) {
  return (is_dots(name) ? "~" : "") + percent_encode(name);
}

std::string name_of_part(std::string_view part) {
  return std::string(part.substr(part.starts_with('~') && is_dots(part) ? 1 : 0));
}

}  // namespace carillon
