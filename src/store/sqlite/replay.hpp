// Reporting again what the store keeps (carillon replay): the notifications that are made anew.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/replay_mark.hpp"
#include "store/ledger.hpp"
#include "store/sqlite/database.hpp"

namespace carillon::store {

// Events with reporters that have not worded them yet.
using OpenNotifications = std::set<std::pair<RowId, std::string>>;
// Of the events with these rows, both included: one walk, as the table has no index for it.
OpenNotifications open_notifications_of(Database& db, RowId first, RowId last);

// In a transaction of the caller's.
ReplayedOrders order_again(Database& db, const std::vector<ReplayedEvent>& events, std::int64_t replay);

}  // namespace carillon::store
