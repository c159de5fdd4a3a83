// What a source with a connection of its own says of it.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace carillon::source {

struct LinkState {
  bool up = false;
  // When it came up, or was lost.
  Millis since = 0;
  // Why it is not up; "": nothing failed yet.
  std::string trouble;
  // When the next attempt is made; 0: it is under way.
  Millis next = 0;
};

}  // namespace carillon::source
