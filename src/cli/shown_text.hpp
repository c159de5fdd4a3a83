// A delivery as its target gets to see it, on a terminal.
#pragma once

#include <string>

#include "base/terminal.hpp"
#include "reporter/reporter.hpp"

namespace carillon::cli {

// Lines, each with the indent and without control characters: JSON is indented, a mail is decoded.
std::string shown_text(const reporter::Shown& shown, const Colours& colours, const std::string& indent);

}  // namespace carillon::cli
