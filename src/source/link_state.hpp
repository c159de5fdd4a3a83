// What a source with a connection of its own says of it.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace carillon::source {

struct LinkState {
  bool up = false;
  Millis since = 0;     // when it came up, or was lost
  std::string trouble;  // why it is not up; "": nothing failed yet
  Millis next = 0;      // when the next attempt is made; 0: it is under way
};

}  // namespace carillon::source
