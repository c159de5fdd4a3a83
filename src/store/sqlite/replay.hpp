// Reporting again what the store keeps (carillon replay): the notifications that are made anew.
#pragma once

#include <cstdint>
#include <vector>

#include "model/replay_mark.hpp"
#include "store/ledger.hpp"
#include "store/sqlite/database.hpp"

namespace carillon::store {

// In a transaction of the caller's.
ReplayedOrders order_again(Database& db, const std::vector<ReplayedEvent>& events, std::int64_t replay);

}  // namespace carillon::store
