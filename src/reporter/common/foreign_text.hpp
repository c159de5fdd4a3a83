// What builds bring along and others made up - names, texts, links - before services show it to people. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace carillon::reporter {

// The text, so that no service takes a part of it for a mention: a zero-width space (U+200B) follows each "@"
// that is not within a word (also one written as an entity of HTML), and the "<" of each "<!". Addresses of
// mail stay as they are. Doing it twice changes nothing.
std::string without_mentions(std::string_view text);

// The same for every text and every name of a member in it. Web addresses stay.
void break_mentions(json::value& value);
void break_mentions(json::object& object);

// Whether a link of the build (its url, those of its steps, changes and previous build) is something else
// than a web address, such as "javascript:...": a person must not be led to click it.
bool has_odd_link(const json::object& build);

// Such links become empty.
void drop_odd_links(json::object& build);

}  // namespace carillon::reporter
