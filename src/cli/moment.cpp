#include "cli/moment.hpp"

#include <string>

namespace carillon::cli {

Millis moment_of(std::string_view option, std::string_view text, Millis now) {
  const auto at = moment_in(option, text, now);
  if (!at) throw WrongOption(at.error().what);
  return *at;
}

Millis length_of(std::string_view option, std::string_view text, Millis now) {
  const auto ago = parse_moment(text, now);
  // Only what is counted from now on moves with it.
  if (ago && parse_moment(text, now + 1) == *ago + 1) return now - *ago;
  throw WrongOption(std::string(option) + ": '" + std::string(text) +
                    "' is not how long: write 90m, 2h or '3 days'");
}

}  // namespace carillon::cli
