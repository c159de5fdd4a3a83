// Text that others made up, on its way to a terminal or a line of the log. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/encoding.hpp"

namespace carillon {

// What a character does to whoever shows it.
enum class Effect {
  none,
  line_end,  // CR, LF, U+0085, U+2028, U+2029
  control,   // all other control characters (C0, DEL, C1), and what turns the direction of writing around
             // (U+202A to U+202E, U+2066 to U+2069)
};

// character: one code point in UTF-8.
Effect effect_of(std::string_view character);

// The first code point of a text in UTF-8 that is not empty.
std::string_view first_character(std::string_view text);

// Which one it is; character: as above.
std::uint32_t code_point(std::string_view character);

// use(character) for each code point of the text; what is no UTF-8 is U+FFFD.
template <class Use>
void each_character(std::string_view text, const Use& use) {
  const std::string valid = valid_utf8(text);
  for (std::string_view rest = valid; !rest.empty();) {
    const std::string_view character = first_character(rest);
    rest.remove_prefix(character.size());
    use(character);
  }
}

// Valid UTF-8 in which every character with an effect is a '?'; what was no UTF-8 is U+FFFD.
std::string visible(std::string_view text);

}  // namespace carillon
