// The times in a build that a master or another program names.
#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"

namespace carillon {

// Makes those plausible (base/foreign_time.hpp) that decide which of two reports is the later one: one clock
// that is far ahead would hide all that others report afterwards. Whole seconds; other values stay as they
// are. build: or a request in a build's shape.
void make_times_plausible(json::object& build, Millis heard);

}  // namespace carillon
