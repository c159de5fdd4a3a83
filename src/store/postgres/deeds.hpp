// What people, and forgetting, change. In a transaction.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/ledger.hpp"
#include "store/postgres/connection.hpp"
#include "store/upkeep.hpp"

namespace carillon::store::postgres {

// As Ledger::drop_all_of(), Outbox::set_aside().
DroppedWork drop_open_work(Connection& db, const std::string& reporter, Millis now);
std::optional<SetAside> set_notification_aside(Connection& db, RowId notification, const std::string& why,
                                               Millis now);
// Makes a notification again of what set_notification_aside() left.
void reopen_set_aside(Connection& db, RowId delivery, Millis now);
// As Ledger::order_again().
ReplayedOrders order_again(Connection& db, const std::vector<ReplayedEvent>& events, std::int64_t replay);

// By their numbers.
std::vector<Silence> read_silences(Connection& db);
std::optional<Silence> find_silence(Connection& db, RowId id);
std::vector<HeldBack> read_held_back(Connection& db, RowId silence);
// As Silences::held_back().
std::optional<HeldBack> find_held_back(Connection& db, RowId silence, const std::string& reporter,
                                       const std::string& source, const std::string& builder);

// Events with reporters that have not worded them yet, of those with these rows, both included.
std::set<std::pair<RowId, std::string>> open_notifications_between(Connection& db, RowId first, RowId last);

// As Silences::close_silence().
std::vector<Notification> close_silence(Connection& db, RowId id, const std::vector<std::string>& reporters,
                                        Millis now);
std::size_t forget_silences(Connection& db, Millis before);

// As Upkeep says. The size is that of all tables and their indexes; what is free in them is not known.
Pruned prune_step(Connection& db, const PruneStep& step);
FileSize stored_size(Connection& db);

}  // namespace carillon::store::postgres
