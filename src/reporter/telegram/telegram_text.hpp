// chat::Text as messages of Telegram. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat/text.hpp"

namespace carillon::reporter::telegram {

inline constexpr std::size_t max_units = 4096;  // of a message, after entity parsing

struct Part {
  // For parse_mode HTML.
  std::string html;
  // The same without any markup.
  std::string plain;
};

// The messages that the text makes, in order, each with 1 to `most` units. A long text is cut at line ends,
// else at blanks, else between characters; what stands in a style is in that style on both sides of the cut.
// Control characters and what is not UTF-8 become U+FFFD. None when there is nothing to see in the text:
// Telegram refuses empty messages.
std::vector<Part> messages_of(const chat::Text& text, std::size_t most = max_units);

// How long Telegram counts UTF-8 text: in UTF-16 code units.
std::size_t utf16_units(std::string_view text);

// The text with at most `most` units; when it was longer the last one is an ellipsis. For buttons and notes.
std::string cut_units(std::string_view text, std::size_t most);

}  // namespace carillon::reporter::telegram
