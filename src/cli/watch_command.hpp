// carillon watch
#pragma once

#include "cli/place.hpp"

namespace carillon::cli {

// Prints what changes, a line each, until somebody interrupts: builds, deliveries, pauses, sources. What
// cannot be asked for a while is said once, and asked again. Returns 0. Throws settings::ConfigError or
// store::Error, where it cannot be asked at the beginning.
int watch(const Place& place);

}  // namespace carillon::cli
