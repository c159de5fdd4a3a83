// What a source with a connection of its own says of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

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
  // What it does not see though it is up, a sentence each.
  std::vector<std::string> unseen = {};
};

// A delivery to its hook that was not taken.
struct Refused {
  Millis at = 0;
  // The HTTP status of the answer.
  std::int64_t status = 0;
  // Of which event, as far as that is known, and why; without secrets.
  std::string why;
};

// A source under observation.
struct Observed {
  std::string name;
  std::string url;
  // nullopt: builds are brought to us.
  std::optional<LinkState> link;
  // As of the source.
  std::optional<Millis> heard_at;
  std::optional<std::int64_t> quota_left;
  std::optional<Refused> refused = std::nullopt;
};

}  // namespace carillon::source
