#include "store/postgres/changes.hpp"

#include <set>

#include "store/postgres/reads.hpp"

namespace carillon::store::postgres {
namespace {

constexpr std::size_t max_changed_bytes = std::size_t{8} << 20U;

}  // namespace

void note_changed_delivery(Connection& db, RowId id) {
  db.send("INSERT INTO changes (what, \"row\") VALUES ('delivery', $1)", of(id));
}

void note_changed_notification(Connection& db, RowId id) {
  db.send("INSERT INTO changes (what, \"row\") VALUES ('notification', $1)", of(id));
}

void note_changed_reporter(Connection& db, const std::string& reporter) {
  db.send("INSERT INTO changes (what, reporter) VALUES ('reporter', $1)", of_key(reporter));
}

void note_changed_pauses(Connection& db) {
  db.send("INSERT INTO changes (what) VALUES ('pauses')");
}

void note_changed_silences(Connection& db) {
  db.send("INSERT INTO changes (what) VALUES ('silences')");
}

std::vector<Notification> take_changed_notifications(Connection& db, std::size_t limit) {
  while (true) {
    const Rows noted =
        db.query("SELECT id, \"row\" FROM changes WHERE what = 'notification' ORDER BY id LIMIT $1",
                 of(static_cast<std::int64_t>(limit)));
    if (noted.empty()) return {};
    std::vector<Notification> notifications;
    std::size_t bytes = 0;
    for (const Row change : noted) {
      if (bytes >= max_changed_bytes) break;
      db.send("DELETE FROM changes WHERE id = $1", of(change.integer(0)));
      auto notification = open_notification(db, change.integer(1));
      if (!notification) continue;  // dropped since, or worded by an earlier process
      bytes += notification->body->size();
      notifications.push_back(std::move(*notification));
    }
    if (!notifications.empty()) return notifications;
  }
}

// What is noted while this reads stays noted: only what was seen is taken away.
DeliveryWork take_changed_deliveries(Connection& db) {
  DeliveryWork work;
  std::set<std::string> reporters;
  Column ids(Type::int8);
  for (const Row row :
       db.query("DELETE FROM changes WHERE what <> 'notification' RETURNING what, \"row\", reporter, id")) {
    const std::string_view what = row.view(0);
    if (what == "delivery") {
      work.changed.push_back(row.integer(1));
      ids.add(row.integer(1));
    }
    if (what == "reporter") reporters.insert(row.text(2));
    if (what == "pauses") work.pauses = true;
  }
  if (ids.size() > 0) {
    for (const Row row : db.query(
             R"sql(
                 SELECT id, reporter, lane, next_at, attempts FROM deliveries
                 WHERE id = ANY ($1::bigint[]) AND state = {waiting} ORDER BY id)sql",
             std::move(Parameters().add(ids))))
      work.waiting.push_back(read_waiting(row));
  }
  for (const std::string& reporter : reporters) {
    work.changed_reporters.push_back(reporter);
    for (const Row row : db.query(
             R"sql(
                 SELECT id, reporter, lane, next_at, attempts FROM deliveries
                 WHERE state = {waiting} AND reporter = $1 ORDER BY id)sql",
             of_key(reporter)))
      work.waiting.push_back(read_waiting(row));
  }
  return work;
}

bool has_changes(Connection& db) {
  return !db.query("SELECT 1 FROM changes ORDER BY id LIMIT 1").empty();
}

void forget_changed_notifications(Connection& db) {
  db.send("DELETE FROM changes WHERE what = 'notification'");
}

void forget_changed_deliveries(Connection& db) {
  db.send("DELETE FROM changes WHERE what <> 'notification'");
}

}  // namespace carillon::store::postgres
