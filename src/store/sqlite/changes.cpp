#include "store/sqlite/changes.hpp"

#include <set>

#include "store/sqlite/rows.hpp"
#include "store/sqlite/writes.hpp"

namespace carillon::store {
void note_changed_delivery(Database& db, RowId id) {
  db.prepare("INSERT INTO changes (what, row) VALUES ('delivery', ?)").bind(id).run();
}

void note_changed_notification(Database& db, RowId id) {
  db.prepare("INSERT INTO changes (what, row) VALUES ('notification', ?)").bind(id).run();
}

void note_changed_reporter(Database& db, const std::string& reporter) {
  db.prepare("INSERT INTO changes (what, reporter) VALUES ('reporter', ?)").bind(reporter).run();
}

void note_changed_pauses(Database& db) {
  db.prepare("INSERT INTO changes (what) VALUES ('pauses')").run();
}

std::vector<Notification> take_changed_notifications(Database& db, std::size_t limit) {
  struct Change {
    RowId id = 0;
    RowId row = 0;
  };
  while (true) {
    std::vector<Change> noted;
    {
      Statement find =
          db.prepare("SELECT id, row FROM changes WHERE what = 'notification' ORDER BY id LIMIT ?");
      find.bind(static_cast<std::int64_t>(limit));
      while (find.step())
        noted.push_back({find.integer(0), find.integer(1)});
    }
    if (noted.empty()) return {};
    std::vector<Notification> notifications;
    std::size_t bytes = 0;
    for (const Change& change : noted) {
      if (bytes >= max_read_bytes) break;
      db.prepare("DELETE FROM changes WHERE id = ?").bind(change.id).run();
      auto notification = open_notification(db, change.row);
      if (!notification) continue;  // dropped since, or worded by an earlier process
      bytes += notification->body->size();
      notifications.push_back(std::move(*notification));
    }
    if (!notifications.empty()) return notifications;
  }
}

DeliveryWork take_changed_deliveries(Database& db) {
  DeliveryWork work;
  std::set<std::string> reporters;
  {
    Statement find =
        db.prepare("SELECT what, row, reporter FROM changes WHERE what <> 'notification' ORDER BY id");
    while (find.step()) {
      const std::string what = find.text(0);
      if (what == "delivery") work.changed.push_back(find.integer(1));
      if (what == "reporter") reporters.insert(find.text(2));
      if (what == "pauses") work.pauses = true;
    }
  }
  for (const RowId id : work.changed) {
    Statement find = db.prepare(
        "SELECT id, reporter, lane, next_at, attempts FROM deliveries WHERE id = ? AND state = {waiting}");
    if (find.bind(id).step()) work.waiting.push_back(read_waiting(find));
  }
  for (const std::string& reporter : reporters) {
    work.changed_reporters.push_back(reporter);
    Statement find = db.prepare(R"sql(
        SELECT id, reporter, lane, next_at, attempts FROM deliveries INDEXED BY deliveries_waiting
        WHERE state = {waiting} AND reporter = ? ORDER BY id)sql");
    find.bind(reporter);
    while (find.step())
      work.waiting.push_back(read_waiting(find));
  }
  forget_changed_deliveries(db);
  return work;
}

void forget_changed_notifications(Database& db) {
  db.prepare("DELETE FROM changes WHERE what = 'notification'").run();
}

void forget_changed_deliveries(Database& db) {
  db.prepare("DELETE FROM changes WHERE what <> 'notification'").run();
}

}  // namespace carillon::store
