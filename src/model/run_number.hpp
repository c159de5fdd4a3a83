// Which run of a builder.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

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

// ", attempt 2" of a later try; "" of the first.
std::string attempt_mark(const RunNumber& run);
// "build #42 of linux", "build #42, attempt 2, of linux".
std::string run_title(const RunNumber& run, std::string_view builder);

}  // namespace carillon
