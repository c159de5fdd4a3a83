#include "store/postgres/deeds.hpp"

#include <algorithm>

#include "store/postgres/changes.hpp"
#include "store/postgres/texts.hpp"
#include "store/postgres/writes.hpp"
#include "store/reading.hpp"
#include "store/silence_over.hpp"

namespace carillon::store::postgres {
namespace {

using Open = std::set<std::pair<RowId, std::string>>;

Open open_notifications_of_events(Connection& db, const std::vector<ReplayedEvent>& events) {
  if (events.empty()) return {};
  const auto [first, last] = std::ranges::minmax(events, {}, &ReplayedEvent::row);
  return open_notifications_between(db, first.row, last.row);
}

void note_decisions(Connection& db, const std::string& known, const ReplayedEvent& event) {
  if (event.decisions.empty()) return;
  std::vector<ReporterDecision> all = parse_decisions(known);
  for (const ReporterDecision& decision : event.decisions) {
    const auto at = std::ranges::find(all, decision.reporter, &ReporterDecision::reporter);
    if (at == all.end()) {
      all.push_back(decision);
    } else {
      *at = decision;
    }
  }
  db.send("UPDATE events SET decisions = $1 WHERE id = $2",
          std::move(Parameters().text(decisions_text(all)).add(event.row)));
}

}  // namespace

DroppedWork drop_open_work(Connection& db, const std::string& reporter, Millis now) {
  DroppedWork dropped;
  dropped.deliveries = db.query(R"sql(
      UPDATE deliveries SET state = {dropped}, settled_at = $1, answer = 'dropped by a person'
      WHERE 1 << state & {before_drop} <> 0 AND reporter = $2)sql",
                                std::move(Parameters().add(now).key(reporter)))
                           .changed();
  const Rows closed =
      db.query("DELETE FROM notifications WHERE reporter = $1 RETURNING id, event", of_key(reporter));
  dropped.notifications = static_cast<std::size_t>(closed.size());
  Column keys(Type::text);
  Column events(Type::int8);
  for (const Row row : closed) {
    keys.add(std::string_view(unworded_key + std::to_string(row.integer(0))));
    events.add(row.integer(1));
  }
  const Rows left = db.query(
      R"sql(
          INSERT INTO deliveries (reporter, key, lane, status, rank, event, state, next_at, attempts, created,
          settled_at, target, summary, note, answer, settled) SELECT $1, x.key, '', '', 0, x.event, {dropped},
          $2, 0, $2, $2, '', 'a report that was not worded yet', '', 'dropped by a person', '[]'
          FROM unnest($3::text[], $4::bigint[]) AS x (key, event) RETURNING id)sql",
      std::move(Parameters().key(reporter).add(now).add(keys).add(events)));
  Column ids(Type::int8);
  for (const Row row : left)
    ids.add(row.integer(0));
  db.send("INSERT INTO payloads (delivery, body) SELECT unnest($1::bigint[]), ''",
          std::move(Parameters().add(ids)));
  note_changed_reporter(db, reporter);
  return dropped;
}

std::optional<SetAside> set_notification_aside(Connection& db, RowId notification, const std::string& why,
                                               Millis now) {
  const Rows found = db.query(
      R"sql(
          SELECT n.reporter, n.event, e.source, e.key, e.occurrence
          FROM notifications n JOIN events e ON e.id = n.event WHERE n.id = $1)sql",
      of(notification));
  if (found.empty()) return std::nullopt;
  const Row row = found.front();
  Event named;
  named.source = row.text(2);
  named.key = row.text(3);
  named.occurrence = row.text(4);
  SetAside aside;
  aside.reporter = row.text(0);
  aside.event = id_of(named);
  aside.delivery = db.query(
                         R"sql(
                INSERT INTO deliveries (reporter, key, lane, status, rank, event, state, next_at, attempts, created,
                settled_at, target, summary, note, answer, settled) VALUES ($1, $2, '', '', 0, $3, {dead}, $4, 0,
                $4, $4, '', 'a report that could not be worded', '', $5, '[]') RETURNING id)sql",
                         std::move(Parameters()
                                       .key(aside.reporter)
                                       .key(unworded_key + std::to_string(notification))
                                       .add(row.integer(1))
                                       .add(now)
                                       .text(why)))
                       .front()
                       .integer(0);
  db.send("INSERT INTO payloads (delivery, body) VALUES ($1, '')", of(aside.delivery));
  db.send("DELETE FROM notifications WHERE id = $1", of(notification));
  return aside;
}

void reopen_set_aside(Connection& db, RowId delivery, Millis now) {
  const Rows made = db.query(
      R"sql(
          INSERT INTO notifications (event, reporter, replay) SELECT event, reporter, $1::bigint
          FROM deliveries WHERE id = $2 RETURNING id)sql",
      std::move(Parameters().add(now / 1000).add(delivery)));
  note_changed_notification(db, made.front().integer(0));
  db.send(R"sql(
      UPDATE deliveries SET state = {dropped}, settled_at = $1, answer =
      'a person asked to word it again' WHERE id = $2)sql",
          std::move(Parameters().add(now).add(delivery)));
}

ReplayedOrders order_again(Connection& db, const std::vector<ReplayedEvent>& events, std::int64_t replay) {
  ReplayedOrders notifications;
  const Open open = open_notifications_of_events(db, events);
  for (const ReplayedEvent& event : events) {
    const Rows found = db.query("SELECT decisions FROM events WHERE id = $1 FOR UPDATE", of(event.row));
    if (found.empty()) {
      notifications.gone += event.reporters.size();
      continue;
    }
    note_decisions(db, found.front().text(0), event);
    for (const std::string& reporter : event.reporters) {
      if (open.contains({event.row, clean_key(reporter)})) {
        ++notifications.open;
        continue;
      }
      const Rows made =
          db.query("INSERT INTO notifications (event, reporter, replay) VALUES ($1, $2, $3) RETURNING id",
                   std::move(Parameters().add(event.row).key(reporter).add(replay)));
      note_changed_notification(db, made.front().integer(0));
      ++notifications.made;
    }
  }
  return notifications;
}

std::vector<Silence> read_silences(Connection& db) {
  std::vector<Silence> silences;
  for (const Row row : db.query(
           R"sql(
               SELECT id, builder, branch, tag, result, reporter, target, since, until, why, who, statuses,
               summary, created, ended_by, closed FROM silences ORDER BY id)sql"))
    silences.push_back(read_silence(row));
  return silences;
}

std::optional<Silence> find_silence(Connection& db, RowId id) {
  const Rows found = db.query(
      R"sql(
          SELECT id, builder, branch, tag, result, reporter, target, since, until, why, who, statuses,
          summary, created, ended_by, closed FROM silences WHERE id = $1)sql",
      of(id));
  if (found.empty()) return std::nullopt;
  return read_silence(found.front());
}

std::vector<HeldBack> read_held_back(Connection& db, RowId silence) {
  std::vector<HeldBack> held;
  for (const Row row : db.query(
           R"sql(
               SELECT reporter, source, builder, held, event FROM silenced WHERE silence = $1
               ORDER BY reporter, source, builder)sql",
           of(silence)))
    held.push_back(read_held(row));
  return held;
}

std::optional<HeldBack> find_held_back(Connection& db, RowId silence, const std::string& reporter,
                                       const std::string& source, const std::string& builder) {
  const Rows found = db.query(
      R"sql(
          SELECT reporter, source, builder, held, event FROM silenced WHERE silence = $1 AND reporter = $2 AND
          source = $3 AND builder = $4)sql",
      std::move(Parameters().add(silence).key(reporter).key(source).key(builder)));
  if (found.empty()) return std::nullopt;
  return read_held(found.front());
}

std::set<std::pair<RowId, std::string>> open_notifications_between(Connection& db, RowId first, RowId last) {
  std::set<std::pair<RowId, std::string>> open;
  for (const Row row : db.query("SELECT event, reporter FROM notifications WHERE event BETWEEN $1 AND $2",
                                std::move(Parameters().add(first).add(last))))
    open.emplace(row.integer(0), row.text(1));
  return open;
}

std::vector<Notification> close_silence(Connection& db, RowId id, const std::vector<std::string>& reporters,
                                        Millis now) {
  const auto silence = find_silence(db, id);
  if (!silence || silence->closed) return {};
  db.send("UPDATE silences SET closed = $1 WHERE id = $2", std::move(Parameters().add(now).add(id)));
  if (!silence->summary) return {};
  NewEvent over = silence_over(*silence, read_held_back(db, id), reporters, now);
  if (over.decisions.empty()) return {};
  return accept_event(db, std::move(over), now).notifications;
}

std::size_t forget_silences(Connection& db, Millis before) {
  db.send("DELETE FROM silenced WHERE silence IN (SELECT id FROM silences WHERE closed <> 0 AND until < $1)",
          of(before));
  return db.query("DELETE FROM silences WHERE closed <> 0 AND until < $1", of(before)).changed();
}

}  // namespace carillon::store::postgres
