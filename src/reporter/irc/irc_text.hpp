// Texts of a bot as lines of IRC. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "chat/text.hpp"

namespace carillon::reporter::irc {

struct Rendering {
  // Of outcomes, in Buildbot's colours.
  bool colors = true;
  // Of one line; at least 32.
  std::size_t most_octets = 400;
  // Lines of the text share a line, parted by " | ", as far as they fit.
  bool pack = false;
};

// UTF-8 without anything that IRC clients take for formatting, and without line breaks: control characters
// (also U+0080 to U+009F), line separators and marks that change the direction of writing are gone, or are
// spaces where words would grow together.
std::string harmless(std::string_view text);

// The lines that say the text, none of them empty: "\n" of plain spans ends one, and what is longer than
// most_octets goes on in the next one, parted at a space where there is one. The URL of a line's only link
// stands at its end; where there are several each one follows its label in <>.
std::vector<std::string> lines_of(const chat::Text& text, const Rendering& rendering);

// How many octets a text in `PRIVMSG target :text` may have when everybody in the target is to get all of it:
// the server puts our own source (":nick!user@host ") before it. own_source: as far as it is known;
// else an empty one, and the longest that servers have is assumed.
std::size_t room_for(std::string_view command, std::string_view target, std::string_view nick,
                     std::string_view own_source);

}  // namespace carillon::reporter::irc
