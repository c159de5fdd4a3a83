#include "store/sqlite/writes.hpp"

#include <algorithm>

#include "store/overlap.hpp"
#include "store/sqlite/files.hpp"
#include "store/sqlite/replay.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/silences.hpp"

namespace carillon::store {
namespace {

std::vector<RowId> supersede(Database& db, const std::string& reporter, const Delivery& delivery,
                             Millis now) {
  std::vector<RowId> rows;
  {
    Statement find = db.prepare(
        R"sql(
            SELECT id FROM deliveries WHERE reporter = ? AND status = ? AND status <> '' AND rank <= ?
            AND 1 << state & {before_supersede})sql");
    find.bind(reporter).bind(delivery.status).bind(delivery.rank);
    while (find.step())
      rows.push_back(find.integer(0));
  }
  for (const RowId row : rows) {
    db.prepare(
          R"sql(
              UPDATE deliveries SET state = {superseded}, settled_at = ?, answer =
              'a later state was reported' WHERE id = ?)sql")
        .bind(now)
        .bind(row)
        .run();
  }
  return rows;
}

bool later_state_known(Database& db, const std::string& reporter, const Delivery& delivery) {
  Statement find = db.prepare(
      R"sql(
          SELECT 1 FROM deliveries WHERE reporter = ? AND status = ? AND status <> '' AND rank > ? AND
          1 << state & {counting} LIMIT 1)sql");
  return find.bind(reporter).bind(delivery.status).bind(delivery.rank).step();
}

// Whether it waits already. Keys of replays differ in their marks only.
bool waits_already(Database& db, const Notification& notification, const std::string& key) {
  const std::string wanted = without_replay(key);
  Statement find = db.prepare(R"sql(
      SELECT key FROM deliveries WHERE event = ? AND reporter = ? AND state = {waiting})sql");
  find.bind(notification.event_row).bind(notification.reporter);
  while (find.step()) {
    if (without_replay(find.text(0)) == wanted) return true;
  }
  return false;
}

// The messages of a sender may pass one another. After the end nobody wants to hear of the start. Only a
// start with an occurrence may begin again what has ended: without one it is the only start that its key ever
// has.
bool ended_before(Database& db, const Event& event) {
  const std::string end = end_of(event.key);
  if (end.empty()) return false;
  Statement find = db.prepare(
      R"sql(
          SELECT 1 FROM events WHERE source = ?1 AND key = ?2 AND occurrence >= ?3 AND
          (?3 = '' OR occurrence = ?3) LIMIT 1)sql");
  return find.bind(event.source).bind(end).bind(event.occurrence).step();
}

std::string_view why_untold(Database& db, const Event& event) {
  if (!event.untold.empty()) return event.untold;
  return ended_before(db, event) ? late_start : std::string_view();
}

}  // namespace

Notification make_notification(RowId id, RowId event_row, std::string reporter,
                               std::shared_ptr<const Event> event, std::shared_ptr<const std::string> body) {
  Notification notification;
  notification.id = id;
  notification.event_row = event_row;
  notification.reporter = std::move(reporter);
  notification.event = std::move(event);
  notification.body = std::move(body);
  return notification;
}

std::vector<Notification> read_notifications(Statement& find) {
  std::vector<Notification> notifications;
  std::size_t bytes = 0;
  while (bytes < max_read_bytes && find.step()) {
    notifications.push_back(read_notification(find));
    bytes += notifications.back().body->size();
  }
  return notifications;
}

std::vector<Notification> open_notifications(Database& db, RowId after, std::size_t limit) {
  Statement find = db.prepare(R"sql(
      SELECT n.id, n.event, n.reporter, e.source, e.key, e.occurrence, e.at, e.body, e.heard, n.replay
      FROM notifications n JOIN events e ON e.id = n.event WHERE n.id > ? ORDER BY n.id LIMIT ?)sql");
  find.bind(after).bind(static_cast<std::int64_t>(limit));
  return read_notifications(find);
}

std::vector<Notification> open_notifications_of(Database& db, const std::string& reporter, RowId after,
                                                std::size_t limit) {
  Statement find = db.prepare(R"sql(
      SELECT n.id, n.event, n.reporter, e.source, e.key, e.occurrence, e.at, e.body, e.heard, n.replay
      FROM notifications n JOIN events e ON e.id = n.event
      WHERE n.reporter = ? AND n.id > ? ORDER BY n.id LIMIT ?)sql");
  find.bind(reporter).bind(after).bind(static_cast<std::int64_t>(limit));
  return read_notifications(find);
}

std::optional<Notification> open_notification(Database& db, RowId id) {
  Statement find = db.prepare(R"sql(
      SELECT n.id, n.event, n.reporter, e.source, e.key, e.occurrence, e.at, e.body, e.heard, n.replay
      FROM notifications n JOIN events e ON e.id = n.event WHERE n.id = ?)sql");
  find.bind(id);
  auto found = read_notifications(find);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

bool is_open(Database& db, RowId notification) {
  return db.prepare("SELECT 1 FROM notifications WHERE id = ?").bind(notification).step();
}

std::vector<WaitingDelivery> all_waiting(Database& db) {
  std::vector<WaitingDelivery> rows;
  Statement find = db.prepare(
      "SELECT id, reporter, lane, next_at, attempts FROM deliveries WHERE state = {waiting} ORDER BY id");
  while (find.step())
    rows.push_back(read_waiting(find));
  return rows;
}

AcceptedEvent insert_event(Database& db, const NewEvent& item, Millis now) {
  AcceptedEvent accepted;
  const Event& event = *item.event;
  const std::string_view untold = why_untold(db, event);
  accepted.untold = !untold.empty();
  const std::string decisions =
      accepted.untold ? decisions_text(all_ignored(item.decisions, untold)) : decisions_text(item.decisions);
  const bool build = is_build(item.kind) || is_request(item.kind);
  {
    Statement insert = db.prepare(
        R"sql(
            INSERT INTO events (source, key, occurrence, kind, at, heard, builder, number, attempt, branch,
            results, bsid, untold, decisions, body) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
            ON CONFLICT (source, key, occurrence) DO NOTHING)sql");
    insert.bind(event.source)
        .bind(event.key)
        .bind(event.occurrence)
        .bind(static_cast<std::int64_t>(item.kind));
    insert.bind(event.at).bind(now);
    if (build) {
      insert.bind(item.facts.builder);
      insert.bind(is_build(item.kind) ? std::optional<std::int64_t>(item.facts.number) : std::nullopt);
      insert.bind(item.facts.attempt);
      insert.bind(item.facts.branch);
      const std::optional<std::int64_t> results =
          item.facts.results ? std::optional<std::int64_t>(static_cast<int>(*item.facts.results))
                             : std::nullopt;
      insert.bind(results);
      insert.bind(item.facts.buildset);
    } else {
      insert.bind_null().bind_null().bind(BuildFacts().attempt).bind_null().bind_null().bind_null();
    }
    insert.bind(untold).bind(decisions).bind(event.text->text());
    insert.run();
  }
  if (db.changes() == 0) {
    accepted.duplicate = true;
    return accepted;
  }
  if (accepted.untold) return accepted;
  const RowId event_row = db.last_row();
  for (const ReporterDecision& decision : item.decisions) {
    if (decision.decision.silence != 0) {
      const std::string& builder = item.facts.builder;
      note_held_back(db, decision.decision.silence, decision.reporter, event.source, builder, event_row);
    }
    if (decision.decision.outcome != Decision::Outcome::report) continue;
    db.prepare("INSERT INTO notifications (event, reporter) VALUES (?,?)")
        .bind(event_row)
        .bind(decision.reporter)
        .run();
    std::shared_ptr<const std::string> body(event.text, &event.text->text());
    accepted.notifications.push_back(
        make_notification(db.last_row(), event_row, decision.reporter, item.event, std::move(body)));
    accepted.notifications.back().heard = now;
  }
  return accepted;
}

void store_cursor(Database& db, const std::string& master, const json::value& cursor) {
  if (cursor.is_null()) return;
  const std::string text = json::serialize(cursor);
  db.prepare(
        R"sql(
            INSERT INTO cursors (source, cursor) VALUES (?,?)
            ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor)sql")
      .bind(master)
      .bind(text)
      .run();
}

ComposedDelivery insert_delivery(Database& db, const Notification& notification, const Delivery& delivery,
                                 Millis now) {
  ComposedDelivery composed;
  if (notification.replay != 0 && waits_already(db, notification, delivery.key)) return composed;
  bool late = false;
  if (!delivery.status.empty() && !delivery.skip) {
    late = later_state_known(db, notification.reporter, delivery);
    if (!late) composed.superseded = supersede(db, notification.reporter, delivery, now);
  }
  {
    Statement insert = db.prepare(
        R"sql(
            INSERT INTO deliveries (reporter, key, lane, status, rank, event, state, next_at, attempts,
            created, settled_at, target, summary, note, answer, settled)
            VALUES (?,?,?,?,?,?,?,?,0,?,?,?,?,?,?,'[]')
            ON CONFLICT (reporter, key) DO NOTHING)sql");
    insert.bind(notification.reporter)
        .bind(delivery.key)
        .bind(delivery.lane)
        .bind(delivery.status)
        .bind(delivery.rank);
    const DeliveryState state = delivery.skip ? DeliveryState::skipped
                                : late        ? DeliveryState::superseded
                                              : DeliveryState::waiting;
    insert.bind(notification.event_row).bind(static_cast<std::int64_t>(state)).bind(now);
    insert.bind(now);
    insert.bind(late || delivery.skip ? std::optional<std::int64_t>(now) : std::nullopt);
    insert.bind(delivery.target).bind(delivery.summary).bind(delivery.note);
    insert.bind(std::string_view(late ? "a later state was reported before" : ""));
    insert.run();
  }
  if (db.changes() == 0) return composed;
  composed.id = db.last_row();
  const std::int64_t silence = delivery.silence;
  if (silence != 0) note_held_back(db, silence, notification.reporter, notification.event_row);
  composed.waiting = !late && !delivery.skip;
  const Overlap overlap = notification.body ? overlap_of(delivery.payload, *notification.body) : Overlap();
  const std::string_view payload(delivery.payload);
  db.prepare("INSERT INTO payloads (delivery, head, tail, body) VALUES (?,?,?,?)")
      .bind(composed.id)
      .bind(static_cast<std::int64_t>(overlap.head))
      .bind(static_cast<std::int64_t>(overlap.tail))
      .bind_blob(payload.substr(overlap.head, payload.size() - overlap.head - overlap.tail))
      .run();
  insert_files(db, composed.id, delivery.files);
  return composed;
}

Taken settle_row(Database& db, RowId id, const Settlement& end) {
  const std::string settled = names_text(end.settled);
  const bool waits = end.state == DeliveryState::waiting;
  {
    // What was superseded or dropped while it was under way stays so, unless it arrived after all.
    Statement update = db.prepare(R"sql(
        UPDATE deliveries SET
          state = CASE WHEN CASE ?1 WHEN {delivered} THEN 1 << state & {before_arrival}
            WHEN {dead} THEN 1 << state & {before_death} ELSE 1 << state & {before_retry} END THEN ?1 ELSE state END,
          next_at = ?2, settled_at = ?3, attempts = attempts + 1, answer = ?4, settled = ?5
        WHERE id = ?6)sql");
    update.bind(static_cast<std::int64_t>(end.state)).bind(end.next_at);
    update.bind(waits ? std::nullopt : std::optional<std::int64_t>(end.at))
        .bind(end.answer)
        .bind(settled)
        .bind(id);
    update.run();
  }
  if (end.keep_attempt) {
    db.prepare("INSERT INTO attempts (delivery, at, state, answer) VALUES (?,?,?,?)")
        .bind(id)
        .bind(end.at)
        .bind(static_cast<std::int64_t>(end.state))
        .bind(end.answer)
        .run();
  }
  if (end.state == DeliveryState::delivered) return Taken::taken;
  Statement find = db.prepare("SELECT state FROM deliveries WHERE id = ?");
  const bool kept = find.bind(id).step() && find.integer(0) == static_cast<std::int64_t>(end.state);
  return kept ? Taken::taken : Taken::changed;
}

}  // namespace carillon::store
