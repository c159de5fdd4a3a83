#include "base/piecewise.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"

namespace carillon {
namespace {

constexpr std::size_t line_bytes = 57;  // become 76 characters
constexpr std::uint64_t line_size = 78;

// 0: stays; 1: \u00XX; else the letter after the backslash.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c)
    table[c] = 1;
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

char escape_of(char c) {
  return escapes[static_cast<unsigned char>(c)];
}

void append_line(std::string& out, std::string_view bytes) {
  base64_append(out, bytes);
  out += "\r\n";
}

}  // namespace

void Base64Lines::add(std::string& out, std::string_view piece) {
  if (!line_.empty()) {
    const std::string_view rest = piece.substr(0, line_bytes - line_.size());
    line_ += rest;
    piece.remove_prefix(rest.size());
    if (line_.size() < line_bytes) return;
    append_line(out, line_);
    line_.clear();
  }
  out.reserve(out.size() + piece.size() / line_bytes * line_size);
  for (; piece.size() >= line_bytes; piece.remove_prefix(line_bytes))
    append_line(out, piece.substr(0, line_bytes));
  line_ = piece;
}

void Base64Lines::end(std::string& out) {
  if (!line_.empty()) append_line(out, line_);
  line_.clear();
}

std::uint64_t Base64Lines::size_of(std::uint64_t bytes) {
  const std::uint64_t rest = bytes % line_bytes;
  return bytes / line_bytes * line_size + (rest == 0 ? 0 : (rest + 2) / 3 * 4 + 2);
}

std::uint64_t Base64Lines::fitting(std::uint64_t size) {
  const std::uint64_t rest = size % line_size;  // of it, the line end is the last two
  return size / line_size * line_bytes + (rest < 6 ? 0 : (rest - 2) / 4 * 3);
}

void append_json_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  while (!text.empty()) {
    const auto special = std::ranges::find_if(text, [](char c) { return escape_of(c) != 0; });
    const auto plain = static_cast<std::size_t>(special - text.begin());
    out += text.substr(0, plain);
    if (special == text.end()) return;
    const char escape = escape_of(*special);
    out += '\\';
    if (escape == 1) {
      const auto byte = static_cast<unsigned char>(*special);
      out += "u00";
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    } else {
      out += escape;
    }
    text.remove_prefix(plain + 1);
  }
}

std::uint64_t json_escaped_size(std::string_view text) {
  std::uint64_t size = text.size();
  for (const char c : text) {
    const char escape = escape_of(c);
    if (escape != 0) size += escape == 1 ? 5 : 1;
  }
  return size;
}

}  // namespace carillon
