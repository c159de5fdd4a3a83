#include "store/sqlite/open_work.hpp"

#include <map>

#include "store/reading.hpp"
#include "store/sqlite/changes.hpp"

namespace carillon::store {
std::vector<OpenWork> read_open_notifications(Database& db) {
  std::vector<OpenWork> all;
  Statement find =
      db.prepare("SELECT reporter, count(*) FROM notifications GROUP BY reporter ORDER BY reporter");
  while (find.step())
    all.push_back({find.text(0), static_cast<std::size_t>(find.integer(1)), 0});
  return all;
}

std::vector<OpenWork> read_open_work(Database& db) {
  std::map<std::string, OpenWork> found;
  for (OpenWork& work : read_open_notifications(db))
    found[work.reporter].notifications = work.notifications;
  {
    // Left alone, SQLite takes the index of the keys, whose order it likes, and reads all of it.
    Statement find = db.prepare(
        R"sql(
            SELECT reporter, count(*) FROM deliveries INDEXED BY deliveries_waiting
            WHERE state = {waiting} GROUP BY reporter)sql");
    while (find.step())
      found[find.text(0)].deliveries = static_cast<std::size_t>(find.integer(1));
  }
  std::vector<OpenWork> all;
  for (auto& [reporter, work] : found) {
    work.reporter = reporter;
    all.push_back(std::move(work));
  }
  return all;
}

bool has_open_work(Database& db, const std::string& reporter) {
  Statement waiting = db.prepare(
      R"sql(
          SELECT 1 FROM deliveries INDEXED BY deliveries_waiting
          WHERE state = {waiting} AND reporter = ? LIMIT 1)sql");
  if (waiting.bind(reporter).step()) return true;
  Statement notification = db.prepare("SELECT 1 FROM notifications WHERE reporter = ? LIMIT 1");
  return notification.bind(reporter).step();
}

DroppedWork drop_open_work(Database& db, const std::string& reporter, Millis now) {
  DroppedWork dropped;
  db.prepare(
        R"sql(
            UPDATE deliveries SET state = {dropped}, settled_at = ?, answer = 'dropped by a person'
            WHERE 1 << state & {before_drop} AND reporter = ?)sql")
      .bind(now)
      .bind(reporter)
      .run();
  dropped.deliveries = static_cast<std::size_t>(db.changes());
  db.prepare(
        R"sql(
            INSERT INTO deliveries (reporter, key, lane, status, rank, event, state, next_at, attempts,
            created, settled_at, target, summary, note, answer, settled) SELECT reporter, 'order ' ||
            id, '', '', 0, event, {dropped}, ?1, 0, ?1, ?1, '', 'a report that was not worded yet', '',
            'dropped by a person', '[]' FROM notifications
            WHERE reporter = ?2)sql")
      .bind(now)
      .bind(reporter)
      .run();
  dropped.notifications = static_cast<std::size_t>(db.changes());
  db.prepare(
        R"sql(
            INSERT INTO payloads (delivery, body) SELECT id, ''
            FROM deliveries WHERE reporter = ?1 AND key IN (SELECT 'order ' || id FROM notifications
            WHERE reporter = ?1))sql")
      .bind(reporter)
      .run();
  db.prepare("DELETE FROM notifications WHERE reporter = ?").bind(reporter).run();
  note_changed_reporter(db, reporter);
  return dropped;
}

std::optional<SetAside> set_notification_aside(Database& db, RowId notification, std::string_view why,
                                               Millis now) {
  SetAside aside;
  RowId event = 0;
  {
    Statement find = db.prepare(
        R"sql(
            SELECT o.reporter, o.event, e.source, e.key, e.occurrence
            FROM notifications o JOIN events e ON e.id = o.event
            WHERE o.id = ?)sql");
    if (!find.bind(notification).step()) return std::nullopt;
    Event named;
    aside.reporter = find.text(0);
    event = find.integer(1);
    named.source = find.text(2);
    named.key = find.text(3);
    named.occurrence = find.text(4);
    aside.event = id_of(named);
  }
  const std::string key = unworded_key + std::to_string(notification);
  db.prepare(
        R"sql(
            INSERT INTO deliveries (reporter, key, lane, status, rank, event, state, next_at, attempts,
            created, settled_at, target, summary, note, answer, settled)
            VALUES (?1, ?2, '', '', 0, ?3, {dead}, ?4, 0, ?4, ?4, '', 'a report that could not be worded',
            '', ?5, '[]'))sql")
      .bind(aside.reporter)
      .bind(key)
      .bind(event)
      .bind(now)
      .bind(why)
      .run();
  aside.delivery = db.last_row();
  db.prepare("INSERT INTO payloads (delivery, body) VALUES (?, '')").bind(aside.delivery).run();
  db.prepare("DELETE FROM notifications WHERE id = ?").bind(notification).run();
  return aside;
}

void reopen_set_aside(Database& db, RowId delivery, Millis now) {
  db.prepare(
        R"sql(
            INSERT INTO notifications (event, reporter, replay) SELECT event, reporter, ?
            FROM deliveries WHERE id = ?)sql")
      .bind(now / 1000)
      .bind(delivery)
      .run();
  note_changed_notification(db, db.last_row());
  db.prepare(
        R"sql(
            UPDATE deliveries SET state = {dropped}, settled_at = ?, answer =
            'a person asked to word it again' WHERE id = ?)sql")
      .bind(now)
      .bind(delivery)
      .run();
}

}  // namespace carillon::store
