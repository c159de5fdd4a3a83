// What people do not want to hear of for a while.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace carillon {

struct Silence {
  // Of its row in the store; numbers grow. 0: not stored yet.
  std::int64_t id = 0;
  // Patterns in which `*` stands for anything; empty: it does not matter. `target`: who would be told, a
  // recipient of a mail, a channel.
  std::string builder, branch, tag, result, reporter, target;
  // Holds back what is heard from then until then, without the end.
  Millis from = 0;
  Millis until = 0;
  // One line each.
  std::string why, who;
  // Also what tells programs of states: statuses on forges, HTTP posts (Reporter::tells_programs).
  bool statuses = false;
  // One report of what was held back, when it ends.
  bool summary = false;
  Millis created = 0;
  // Whoever ended it before its time; empty: nobody.
  std::string ended_by;
  // Its end was noticed, and its summary ordered.
  bool closed = false;
};

// Whether it holds back what is heard at that time.
inline bool runs(const Silence& silence, Millis at) {
  return silence.from <= at && at < silence.until;
}

}  // namespace carillon
