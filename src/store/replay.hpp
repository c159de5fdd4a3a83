// Reporting again what the store keeps (carillon replay): marks, and the notifications that are made anew.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

// What a replay adds to the id of an event, so that all that derives from it (keys, Message-IDs) is new:
// "~replay1700000000"; empty for 0.
std::string replay_mark(std::int64_t replay);

// The key as it would be without any replay.
std::string without_replay(std::string_view key);

// What is to be reported again of one event, and what was decided of it anew.
struct ReplayedEvent {
  RowId row = 0;
  std::vector<std::string> reporters;       // a notification for each
  std::vector<ReporterDecision> decisions;  // replace those of the same reporters
};

struct ReplayedOrders {
  std::size_t made = 0;
  std::size_t open = 0;  // were not made: the event is not worded yet for that reporter
  std::size_t gone = 0;  // were not made: the event was forgotten meanwhile
};

// In a transaction of the caller's.
ReplayedOrders order_again(Database& db, const std::vector<ReplayedEvent>& events, std::int64_t replay);

}  // namespace carillon::store
