// One event for one reporter: work that is to be worded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "model/event.hpp"

namespace carillon {

// The number of a row in the store; numbers grow.
using RowId = std::int64_t;

struct Notification {
  RowId id = 0;
  RowId event_row = 0;
  std::string reporter;
  std::shared_ptr<const Event> event;
  // Event::body as text, as it is stored.
  std::shared_ptr<const std::string> body;
  // When the event was stored.
  Millis heard = 0;
  // Which `carillon replay` made it; 0: none, it came with its event.
  std::int64_t replay = 0;
};

// For base/lanes.hpp.
inline std::int64_t lane_id(const Notification& notification) {
  return notification.id;
}

}  // namespace carillon
