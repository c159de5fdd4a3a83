// Points in time as options of the command line.
#pragma once

#include <string_view>

#include "base/moment.hpp"

namespace carillon::cli {

// parse_moment() of an option's value; throws settings::ConfigError that says what may be written.
Millis moment_of(std::string_view option, std::string_view text, Millis now);

// How long something lasts: "90m", "2h"; throws as above, also for a moment.
Millis length_of(std::string_view option, std::string_view text, Millis now);

}  // namespace carillon::cli
