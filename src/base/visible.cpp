#include "base/visible.hpp"

#include <cstdint>

#include "base/text.hpp"

namespace carillon {

Effect effect_of(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) {
    if (character == "\r" || character == "\n") return Effect::line_end;
    return byte(0) < 0x20 || byte(0) == 0x7F ? Effect::control : Effect::none;
  }
  if (character.size() == 2) {
    if (byte(0) != 0xC2 || byte(1) >= 0xA0) return Effect::none;
    return byte(1) == 0x85 ? Effect::line_end : Effect::control;
  }
  if (character == "\u2028" || character == "\u2029") return Effect::line_end;
  if (character.size() == 3 && byte(0) == 0xE2) {
    const bool embedding = byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE;  // U+202A to U+202E
    const bool isolate = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;    // U+2066 to U+2069
    if (embedding || isolate) return Effect::control;
  }
  return Effect::none;
}

std::string_view first_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && is_continuation(text[length]))
    ++length;
  return text.substr(0, length);
}

std::uint32_t code_point(std::string_view character) {
  const auto lead = static_cast<std::uint8_t>(character.front());
  if (character.size() == 1) return lead;
  std::uint32_t code = lead & (0x7FU >> character.size());
  for (const char c : character.substr(1))
    code = code << 6U | (static_cast<std::uint8_t>(c) & 0x3FU);
  return code;
}

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  each_character(text, [&](std::string_view character) {
    if (effect_of(character) == Effect::none) {
      out += character;
    } else {
      out += '?';
    }
  });
  return out;
}

}  // namespace carillon
