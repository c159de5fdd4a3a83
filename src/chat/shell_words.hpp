// Arguments of commands, as a POSIX shell splits them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace carillon::chat {

// Words are separated by blanks, tabs and line ends. '...' is taken as it is; in "..." a backslash protects
// only " and \; elsewhere it protects any character. Nothing else is special. Failure: rejected, with a text
// for the person (an open quote, a backslash at the end).
Result<std::vector<std::string>> split_words(std::string_view text);

// One word that split_words() reads back as this text, whatever bytes it has.
std::string shell_quote(std::string_view text);

}  // namespace carillon::chat
