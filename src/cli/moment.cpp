#include "cli/moment.hpp"

#include <string>

#include "settings/error.hpp"

namespace carillon::cli {

Millis moment_of(std::string_view option, std::string_view text, Millis now) {
  if (const auto at = parse_moment(text, now)) return *at;
  throw settings::ConfigError(std::string(option) + ": '" + std::string(text) + "' is not a time: write " +
                              std::string(moment_forms));
}

}  // namespace carillon::cli
