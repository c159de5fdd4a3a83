// Which run of a builder.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace carillon {

// The number that people see, and which try of it: 42.1 < 42.2 < 43.1. Where a CI gives each re-run a number
// of its own, the attempt is always 1.
struct RunNumber {
  std::int64_t number = 0;
  std::int64_t attempt = 1;

  friend auto operator<=>(const RunNumber&, const RunNumber&) = default;
};

// Later than every run that there is.
inline constexpr RunNumber after_all_runs{std::numeric_limits<std::int64_t>::max(),
                                          std::numeric_limits<std::int64_t>::max()};

}  // namespace carillon
