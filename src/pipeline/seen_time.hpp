// How much time the server saw pass, whatever the clock on the wall has done meanwhile. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace carillon::pipeline {

// Giving up goes by this: a clock that is put forward by a year, or a server that was off for a week, is no
// reason.
class SeenTime {
 public:
  // The clock jumped by so much to `now` (less than 0: it was put back), or nobody looked at it for so long.
  void jumped(Millis now, Millis by);

  // How much of the time from `then` to `now`, both as the clock showed them, was seen.
  Millis since(Millis then, Millis now) const;

  // To be kept across restarts. now: when it was looked at last.
  json::value record(Millis now) const;
  // When it was looked at last before that; nullopt: it is no such record.
  static std::optional<Millis> last_look(const json::value& record);
  // The time from that look to `now` was not seen. What is no such record is none.
  static SeenTime from_record(const json::value& record, Millis now);

 private:
  struct Jump {
    // What the clock showed after it.
    Millis at = 0;
    Millis by = 0;
  };
  // In the order they happened.
  std::vector<Jump> jumps_;
};

}  // namespace carillon::pipeline
