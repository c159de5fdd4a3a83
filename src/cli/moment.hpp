// Points in time as options of the command line.
#pragma once

#include <string_view>

#include "base/moment.hpp"
#include "settings/error.hpp"

namespace carillon::cli {

// An option's value cannot be understood: wrong usage, exit code 2. what() names the option.
class WrongOption : public settings::ConfigError {
 public:
  using ConfigError::ConfigError;
};

// parse_moment() of an option's value; throws WrongOption that says what may be written.
Millis moment_of(std::string_view option, std::string_view text, Millis now);

// How long something lasts: "90m", "2h"; throws as above, also for a moment.
Millis length_of(std::string_view option, std::string_view text, Millis now);

}  // namespace carillon::cli
