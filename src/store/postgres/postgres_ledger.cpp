#include "store/postgres/postgres_ledger.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "model/build.hpp"
#include "model/sender.hpp"
#include "store/postgres/changes.hpp"
#include "store/postgres/deeds.hpp"
#include "store/postgres/reads.hpp"
#include "store/postgres/session.hpp"
#include "store/postgres/texts.hpp"
#include "store/postgres/writes.hpp"

namespace carillon::store::postgres {
namespace {

std::vector<LedgerEvent> read_ledger_events(const Rows& rows) {
  std::vector<LedgerEvent> events;
  for (const Row row : rows)
    events.push_back(read_ledger_event(row));
  return events;
}

void append(std::vector<LedgerEvent>& all, std::vector<LedgerEvent> more) {
  std::ranges::move(more, std::back_inserter(all));
}

std::vector<LedgerEvent> events_of_number(Connection& db, const std::string& source, const BuildName& name,
                                          std::int64_t number) {
  return read_ledger_events(db.query(
      R"sql(
          SELECT id, heard, decisions, source, key, occurrence, at, body, untold
          FROM events WHERE source = $1 AND builder = $2 AND builder IS NOT NULL AND number = $3)sql",
      std::move(Parameters().key(source).key(name.builder).add(number))));
}

std::vector<LedgerEvent> events_of_id(Connection& db, const std::string& source, const BuildName& name,
                                      std::optional<std::int64_t> number) {
  if (name.buildid) {
    const std::string key = "builds/" + std::to_string(*name.buildid);
    return read_ledger_events(db.query(
        R"sql(
            SELECT id, heard, decisions, source, key, occurrence, at, body, untold
            FROM events WHERE source = $1 AND builder IS NOT NULL AND (key = $2 || '/new' OR
            key = $2 || '/finished' OR (key > $2 || ':' AND key < $2 || ';')) AND ($3 = '' OR builder = $3) AND
            ($4::bigint IS NULL OR number = $4))sql",
        std::move(Parameters().key(source).text(key).key(name.builder).add(number))));
  }
  return read_ledger_events(db.query(
      R"sql(
          SELECT id, heard, decisions, source, key, occurrence, at, body, untold
          FROM events WHERE source = $1 AND builder IS NOT NULL AND ($2 = '' OR builder = $2) AND
          ($3::bigint IS NULL OR number = $3) AND ($4::bigint IS NULL OR builderid = $4 OR
          (builderid IS NULL AND builder = $4::bigint::text)))sql",
      std::move(Parameters().key(source).key(name.builder).add(number).add(name.builderid))));
}

std::vector<LedgerEvent> buildsets_of(Connection& db, const Event& build) {
  const BuildFacts facts = facts_of(build.body);
  if (!facts.buildset || kind_of(build.key) != EventKind::build_finished) return {};
  const std::string key = "buildsets/" + std::to_string(*facts.buildset);
  std::vector<LedgerEvent> found = read_ledger_events(db.query(
      R"sql(
          SELECT id, heard, decisions, source, key, occurrence, at, body, untold
          FROM events WHERE source = $1 AND (key = $2 || '/complete' OR
          (key > $2 || '@' AND key < $2 || 'A')))sql",  // '@': of posted ones
      std::move(Parameters().key(build.source).text(key))));
  std::erase_if(found, [&](const LedgerEvent& one) { return !may_be_of(build, one.event); });
  return found;
}

std::vector<LedgerEvent> requests_of(Connection& db, const Event& build, std::int64_t request) {
  return read_ledger_events(db.query(
      R"sql(
          SELECT id, heard, decisions, source, key, occurrence, at, body, untold
          FROM events WHERE source = $1 AND occurrence = $2 AND (key = $3 || '/new' OR key = $3 ||
          '/complete' OR (key > $3 || ':' AND key < $3 || ';')))sql",
      std::move(Parameters()
                    .key(build.source)
                    .key(build.occurrence)
                    .text("buildrequests/" + std::to_string(request)))));
}

}  // namespace

PostgresLedger::PostgresLedger(Place place, std::chrono::milliseconds most)
    : place_(std::move(place)), most_(most) {
  connection();
}

Connection& PostgresLedger::connection() {
  if (!connection_) {
    connection_ = connect_beside(place_);
    connection_->limit_time(most_);
  }
  return *connection_;
}

void PostgresLedger::look() {
  read([](Connection& db) { return db.query("SELECT 1"); });
}

void PostgresLedger::note_deed(Connection& db) {
  note_commit(db, "people");
}

std::vector<LedgerEvent> PostgresLedger::events_of(const BuildName& name) {
  return read([&](Connection& db) {
    std::vector<LedgerEvent> events;
    std::optional<std::int64_t> number = name.number;
    if (!name.builder.empty() && !number) {
      if (const auto known = numbers_of_builder(db, name.builder)) number = known->second;
    }
    const bool by_number = !name.builder.empty() && number && !name.buildid && !name.builderid;
    for (const std::string& source : source_names(db)) {
      if (by_number && !name.source.empty() && source != name.source) continue;
      append(events, by_number ? events_of_number(db, source, name, *number)
                               : events_of_id(db, source, name, number));
    }
    for (std::size_t i = 0, builds = events.size(); i < builds; ++i) {
      const Event build = events[i].event;  // a copy: the list grows
      append(events, buildsets_of(db, build));
    }
    std::set<std::string> requests;  // a retried request has several builds
    for (std::size_t i = 0, builds = events.size(); i < builds; ++i) {
      const Event event = events[i].event;
      const auto id = BuildView(event.body).requestid();
      if (!is_build(kind_of(event.key)) || !id ||
          !requests.insert(event.source + "/" + std::to_string(*id)).second)
        continue;
      append(events, requests_of(db, event, *id));
    }
    std::ranges::sort(events, {}, &LedgerEvent::row);
    for (LedgerEvent& event : events) {
      for (const Row row :
           db.query("SELECT reporter FROM notifications WHERE event = $1 ORDER BY id", of(event.row)))
        event.open_notifications.push_back(row.text(0));
    }
    return events;
  });
}

std::vector<Pause> PostgresLedger::pauses() {
  return read(read_pauses);
}

std::optional<Pause> PostgresLedger::pause_of(const std::string& reporter, Millis now) {
  return store::pause_of(pauses(), reporter, now);
}

std::vector<std::string> PostgresLedger::resume(const std::string& reporter, Millis now) {
  return write([&](Connection& db) {
    const std::vector<std::string> names = paused_together(read_pauses(db), reporter, now);
    if (names.empty()) return names;
    for (const std::string& name : names) {
      db.send("DELETE FROM pauses WHERE reporter = $1", of_key(name));
      db.send("DELETE FROM holds WHERE reporter = $1", of_key(name));
      db.send("UPDATE deliveries SET next_at = $1 WHERE state = {waiting} AND reporter = $2 AND next_at > $1",
              std::move(Parameters().add(now).key(name)));
      note_changed_reporter(db, name);
    }
    note_changed_pauses(db);
    return names;
  });
}

void PostgresLedger::hold(const Pause& pause) {
  write([&](Connection& db) {
    db.send(R"sql(
        INSERT INTO holds (reporter, until, why, who) VALUES ($1, $2, $3, $4) ON CONFLICT (reporter)
        DO UPDATE SET until = excluded.until, why = excluded.why, who = excluded.who)sql",
            std::move(Parameters().key(pause.reporter).add(pause.until).text(pause.why).text(pause.by)));
    note_changed_pauses(db);
    return true;
  });
}

struct PostgresLedger::Within {
  explicit Within(bool& flag) : within(flag) { within = true; }
  ~Within() { within = false; }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;
  bool& within;
};

// Of all statements meanwhile, on whichever connection: one may be lost.
class PostgresLedger::Question {
 public:
  explicit Question(PostgresLedger& ledger) : ledger_(ledger) { ledger_.connection().begin_question(); }
  ~Question() {
    if (ledger_.connection_) ledger_.connection_->end_question();
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

 private:
  PostgresLedger& ledger_;
};

void PostgresLedger::together(const std::function<void()>& changes) {
  write([&](Connection&) {
    const Within within(together_);
    const Question limited(*this);
    changes();
    return true;
  });
}

void PostgresLedger::as_one_question(const std::function<void()>& questions) {
  const Question limited(*this);
  const Within asking(asking_);
  questions();
}

void PostgresLedger::note(const Deed& deed) {
  write([&](Connection& db) {
    db.send("INSERT INTO audit (at, who, address, what, about, reason) VALUES ($1, $2, $3, $4, $5, $6)",
            std::move(Parameters()
                          .add(deed.at)
                          .text(deed.who)
                          .text(deed.address)
                          .text(deed.what)
                          .text(deed.about)
                          .text(deed.reason)));
    return true;
  });
}

std::vector<Deed> PostgresLedger::deeds(RowId before, std::size_t limit) {
  return read([&](Connection& db) {
    std::vector<Deed> deeds;
    for (const Row row : db.query(
             R"sql(
                 SELECT id, at, who, address, what, about, reason FROM audit
                 WHERE id < $1 ORDER BY id DESC LIMIT $2)sql",
             std::move(Parameters().add(before).add(static_cast<std::int64_t>(limit)))))
      deeds.push_back(read_deed(row));
    return deeds;
  });
}

std::optional<json::value> PostgresLedger::remembered(const std::string& owner, const std::string& key) {
  return read([&](Connection& db) -> std::optional<json::value> {
    const Rows found = db.query("SELECT value FROM memory WHERE owner = $1 AND key = $2",
                                std::move(Parameters().key(owner).key(key)));
    if (found.empty()) return std::nullopt;
    return parse_stored(found.front().text(0));
  });
}

DroppedWork PostgresLedger::drop_all_of(const std::string& reporter, Millis now) {
  return write([&](Connection& db) { return drop_open_work(db, reporter, now); });
}

std::string PostgresLedger::resend(RowId id, Millis now, const std::string& by) {
  return write([&](Connection& db) -> std::string {
    // A later state that is being stored right now counts: whoever stores one shares this lock.
    db.send("SELECT pg_advisory_xact_lock(1130459754, hashtext(current_schema()))");
    db.send("SELECT 1 FROM deliveries WHERE id = $1 FOR UPDATE", of(id));
    const auto row = ledger_row(db, id);
    if (!row) return "there is no delivery " + std::to_string(id);
    if (std::string why = why_no_resend(*row); !why.empty()) return why;
    if (is_set_aside(*row)) {
      reopen_set_aside(db, id, now);
      return {};
    }
    const Rows later = db.query(
        R"sql(
            SELECT l.id FROM deliveries d JOIN deliveries l ON l.reporter = d.reporter AND l.status =
            d.status AND l.status <> '' AND l.rank > d.rank
            WHERE d.id = $1 AND d.status <> '' AND 1 << l.state & {in_force} <> 0 LIMIT 1)sql",
        of(id));
    if (!later.empty()) {
      return "delivery " + std::to_string(later.front().integer(0)) +
             " reports a later state of the same thing; resend that one";
    }
    // created begins anew, so that a dead letter gets its full time again
    db.send(R"sql(
        UPDATE deliveries SET state = {waiting}, next_at = $1, created = $1, settled_at = NULL,
        settled = $2, answer = 'resend asked for' WHERE id = $3)sql",
            std::move(Parameters().add(now).text(names_text(settled_for_good(*row))).add(id)));
    db.send("INSERT INTO attempts (delivery, at, state, answer) VALUES ($1, $2, {waiting}, $3)",
            std::move(Parameters().add(id).add(now).text("resend asked for by " + by)));
    note_changed_delivery(db, id);
    return {};
  });
}

std::string PostgresLedger::drop(RowId id, Millis now, const std::string& by) {
  return write([&](Connection& db) -> std::string {
    db.send("SELECT 1 FROM deliveries WHERE id = $1 FOR UPDATE", of(id));
    const auto row = ledger_row(db, id);
    if (!row) return "there is no delivery " + std::to_string(id);
    if (std::string why = why_no_drop(*row); !why.empty()) return why;
    db.send("UPDATE deliveries SET state = {dropped}, settled_at = $1, answer = $2 WHERE id = $3",
            std::move(Parameters().add(now).text("dropped by " + by).add(id)));
    note_changed_delivery(db, id);
    return {};
  });
}

RowId PostgresLedger::last_before(Millis heard) {
  return read([&](Connection& db) {
    RowId before = 0;
    RowId after = db.query("SELECT coalesce(max(id), 0) FROM events").front().integer(0);
    if (after == 0) return before;
    ++after;
    // Rows up to `before` are earlier, those from `after` on are not.
    while (after - before > 1) {
      const RowId middle = before + (after - before) / 2;
      const Rows found =  // rows were forgotten in between
          db.query("SELECT id, heard FROM events WHERE id >= $1 ORDER BY id LIMIT 1", of(middle));
      if (!found.empty() && found.front().integer(1) < heard) {
        before = found.front().integer(0);
      } else {
        after = middle;
      }
      if (before >= after) return before;
    }
    return before;
  });
}

std::vector<LedgerEvent> PostgresLedger::events_between(RowId after, RowId last, std::size_t limit) {
  return read([&](Connection& db) {
    std::vector<LedgerEvent> events = read_ledger_events(db.query(
        R"sql(
            SELECT id, heard, decisions, source, key, occurrence, at, body, untold
            FROM events WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3)sql",
        std::move(Parameters().add(after).add(last).add(static_cast<std::int64_t>(limit)))));
    if (events.empty()) return events;
    for (const auto& [row, reporter] :
         open_notifications_between(db, events.front().row, events.back().row)) {
      const auto at = std::ranges::lower_bound(events, row, {}, &LedgerEvent::row);
      if (at != events.end() && at->row == row) at->open_notifications.push_back(reporter);
    }
    return events;
  });
}

std::optional<RowId> PostgresLedger::later_state(const std::string& reporter, const std::string& status,
                                                 std::int64_t rank) {
  if (status.empty()) return std::nullopt;
  return read([&](Connection& db) -> std::optional<RowId> {
    const Rows found = db.query(
        R"sql(
            SELECT id FROM deliveries WHERE reporter = $1 AND status = $2 AND status <> '' AND rank > $3 AND
            1 << state & {in_force} <> 0 ORDER BY rank DESC LIMIT 1)sql",
        std::move(Parameters().key(reporter).key(status).add(rank)));
    if (found.empty()) return std::nullopt;
    return found.front().integer(0);
  });
}

ReplayedOrders PostgresLedger::order_again(const std::vector<ReplayedEvent>& events, std::int64_t replay) {
  return write([&](Connection& db) { return postgres::order_again(db, events, replay); });
}

std::size_t PostgresLedger::open_order_count() {
  return read([](Connection& db) {
    return static_cast<std::size_t>(db.query("SELECT count(*) FROM notifications").front().integer(0));
  });
}

std::int64_t PostgresLedger::version() {
  return read(
      [](Connection& db) { return db.query("SELECT sum(commits)::bigint FROM writers").front().integer(0); });
}

}  // namespace carillon::store::postgres
