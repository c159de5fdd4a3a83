// A delivery as its target gets to see it, on a terminal and for programs.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/terminal.hpp"
#include "reporter/reporter.hpp"

namespace carillon::cli {

// JSON on several lines, indented by two spaces.
std::string pretty(const json::value& value);

// Lines, each with the indent and without control characters: JSON is indented, a mail is decoded.
std::string shown_text(const reporter::Shown& shown, const Colours& colours, const std::string& indent);

// Members `how`, `form`, `content` (as it is sent), and `json` or `mail` {headers, type, text, attachments}.
json::object shown_json(const reporter::Shown& shown);

}  // namespace carillon::cli
