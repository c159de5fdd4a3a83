// JSON for people.
#pragma once

#include <string>

#include "base/json.hpp"

namespace carillon::view {

// On several lines, indented by two spaces; without a line end at the end.
std::string pretty(const json::value& value);

}  // namespace carillon::view
