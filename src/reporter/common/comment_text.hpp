// Comments that can be found again: with a mark that readers do not see. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::reporter {

// How a mark hides: GitHub drops HTML comments; Bitbucket Server escapes HTML, and shows no Markdown link
// definitions.
enum class Mark { html_comment, link_definition };

// "<!-- carillon KEY -->" or "[//]: # (carillon KEY)", with whatever could end it in the key replaced.
std::string mark(Mark how, std::string_view key);

// Whether the text of a comment carries the mark of the key.
bool has_mark(Mark how, std::string_view comment, std::string_view key);

// The text with the mark of the key after it, at most max_chars characters: the text is cut, never the mark.
std::string marked(Mark how, std::string_view text, std::string_view key, std::size_t max_chars);

// One comment that many builds share ("sticky"): each of them has a section in it. Returns the comment with
// the section `name` replaced, or added in alphabetical order; nullopt when the section there has a higher
// rank, so that a late report never overwrites a newer one. `comment`: what is there now, empty for none;
// what is not understood in it is dropped. key: the mark of the whole comment. Too long: the longest sections
// are cut; where there would not be a line for each, the oldest of the others go.
std::optional<std::string> with_section(Mark how, std::string_view comment, std::string_view key,
                                        std::string_view name, std::int64_t rank, std::string_view text,
                                        std::size_t max_chars);

}  // namespace carillon::reporter
