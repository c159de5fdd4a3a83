#include "reporter/mail/body_text.hpp"

#include <algorithm>
#include <cstdint>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::reporter::mail {
namespace {

constexpr std::size_t encoded_line = 76;

// RFC 2045 6.7. The text has CRLF line ends only.
std::string quoted_printable(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r') {
      out += "\r\n";
      ++i;
      column = 0;
      continue;
    }
    const bool line_end = i + 1 == text.size() || text[i + 1] == '\r';
    const bool literal = (c > ' ' && c <= '~' && c != '=') || ((c == ' ' || c == '\t') && !line_end);
    const std::size_t width = literal ? 1 : 3;
    if (column + width > encoded_line - 1) {
      out += "=\r\n";
      column = 0;
    }
    if (literal) {
      out += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += '=';
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    }
    column += width;
  }
  return out;
}

}  // namespace

std::string normalise_text(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string out;
  out.reserve(valid.size() + valid.size() / 16 + 2);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if (valid[i] == '\r' || valid[i] == '\n') {
      if (valid[i] == '\r' && i + 1 < valid.size() && valid[i + 1] == '\n') ++i;
      out += "\r\n";
    } else if (valid[i] == '\0') {
      out += "\uFFFD";
    } else {
      out += valid[i];
    }
  }
  if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
  return out;
}

Encoded encode_text(std::string text) {
  std::size_t line = 0;
  std::size_t longest = 0;
  std::size_t eight_bit = 0;
  for (char c : text) {
    if (c == '\n') {
      longest = std::max(longest, line - 1);  // the CR does not count
      line = 0;
    } else {
      ++line;
      if (!is_ascii(c)) ++eight_bit;
    }
  }
  longest = std::max(longest, line);
  if (longest <= longest_line && eight_bit == 0) return {"7bit", std::move(text)};
  // quoted-printable makes three bytes out of one, base64 four out of three.
  if (eight_bit > text.size() / 6) return {"base64", base64_lines(text)};
  std::string encoded = quoted_printable(text);
  return {"quoted-printable", std::move(encoded)};
}

std::string base64_lines(std::string_view bytes) {
  constexpr std::size_t group = encoded_line / 4 * 3;
  std::string out;
  out.reserve(bytes.size() / group * (encoded_line + 2) + encoded_line + 2);
  for (std::size_t i = 0; i < bytes.size(); i += group) {
    out += base64_encode(bytes.substr(i, group));
    out += "\r\n";
  }
  return out;
}

}  // namespace carillon::reporter::mail
