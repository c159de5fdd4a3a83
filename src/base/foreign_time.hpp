// Times that somebody else names.
#pragma once

#include <algorithm>
#include <limits>

#include "base/clock.hpp"

namespace carillon {

// Seconds as Millis: what does not fit is the nearest that does.
constexpr Millis to_millis(std::int64_t seconds) {
  constexpr std::int64_t most = std::numeric_limits<Millis>::max() / 1000;
  return std::clamp(seconds, -most, most) * 1000;
}

// Seconds since the epoch, heard of at `heard`. Clocks differ by minutes; what is further ahead than that is
// wrong, and counts as `heard`. Never negative.
inline constexpr Millis clocks_differ = Millis{5} * 60 * 1000;
constexpr Millis plausible(std::int64_t seconds, Millis heard) {
  const Millis at = std::max<Millis>(to_millis(seconds), 0);
  return at > heard + clocks_differ ? heard : at;
}

}  // namespace carillon
