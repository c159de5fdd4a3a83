// The ledger's part in reporting again.
#include <algorithm>

#include "store/sqlite/replay.hpp"
#include "store/sqlite/sqlite_ledger.hpp"
#include "store/sqlite/transaction.hpp"

namespace carillon::store {

RowId SqliteLedger::last_before(Millis heard) {
  RowId before = 0;
  RowId after = 0;
  {
    Statement find = database_->prepare("SELECT max(id) FROM events");
    if (!find.step() || find.null(0)) return 0;
    after = find.integer(0) + 1;
  }
  // Rows up to `before` are earlier, those from `after` on are not.
  while (after - before > 1) {
    const RowId middle = before + (after - before) / 2;
    Statement find = database_->prepare("SELECT id, heard FROM events WHERE id >= ? ORDER BY id LIMIT 1");
    const bool there = find.bind(middle).step();  // rows were forgotten in between
    if (there && find.integer(1) < heard) {
      before = find.integer(0);
    } else {
      after = middle;
    }
    if (before >= after) return before;
  }
  return before;
}

std::vector<LedgerEvent> SqliteLedger::events_between(RowId after, RowId last, std::size_t limit) {
  Statement find = database_->prepare(
      R"sql(
          SELECT id, heard, decisions, source, key, occurrence, at, body, untold
          FROM events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?)sql");
  find.bind(after).bind(last).bind(static_cast<std::int64_t>(limit));
  std::vector<LedgerEvent> events;
  while (find.step())
    events.push_back(read_ledger_event(find));
  if (events.empty()) return events;
  for (const auto& [row, reporter] :
       open_notifications_of(*database_, events.front().row, events.back().row)) {
    const auto at = std::ranges::lower_bound(events, row, {}, &LedgerEvent::row);
    if (at != events.end() && at->row == row) at->open_notifications.push_back(reporter);
  }
  return events;
}

std::optional<RowId> SqliteLedger::later_state(const std::string& reporter, const std::string& status,
                                               std::int64_t rank) {
  if (status.empty()) return std::nullopt;
  Statement find = database_->prepare(
      R"sql(
          SELECT id FROM deliveries WHERE reporter = ? AND status = ? AND status <> '' AND rank > ? AND
          1 << state & {in_force} ORDER BY rank DESC LIMIT 1)sql");
  if (!find.bind(reporter).bind(status).bind(rank).step()) return std::nullopt;
  return find.integer(0);
}

ReplayedOrders SqliteLedger::order_again(const std::vector<ReplayedEvent>& events, std::int64_t replay) {
  Transaction transaction(*database_);
  const ReplayedOrders notifications = store::order_again(*database_, events, replay);
  transaction.commit();
  return notifications;
}

std::size_t SqliteLedger::open_order_count() {
  Statement find = database_->prepare("SELECT count(*) FROM notifications");
  return find.step() ? static_cast<std::size_t>(find.integer(0)) : 0;
}

}  // namespace carillon::store
