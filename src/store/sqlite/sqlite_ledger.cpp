#include "store/sqlite/sqlite_ledger.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <stdexcept>

#include "base/percent.hpp"
#include "model/build.hpp"
#include "model/sender.hpp"
#include "store/sqlite/changes.hpp"
#include "store/sqlite/files.hpp"
#include "store/sqlite/open_work.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/transaction.hpp"

namespace carillon::store {

LedgerRow read_ledger_row(Database& db, const Statement& row) {
  LedgerRow entry = read_delivery(row);
  entry.files = files_of(db, entry.id);
  Statement about = db.prepare("SELECT key, source, builder, number, attempt FROM events WHERE id = ?");
  if (about.bind(entry.event).step()) read_about(about, 0, entry);
  return entry;
}

SqliteLedger::SqliteLedger(std::unique_ptr<Database> database) : database_(std::move(database)) {}

std::vector<LedgerRow> SqliteLedger::deliveries(const LedgerFilter& filter) {
  Statement find = database_->prepare(
      R"sql(
          SELECT id, reporter, state, created, next_at, settled_at, attempts, key, target, summary,
          note, answer, settled, event FROM deliveries WHERE (?1 IS NULL OR state = ?1) AND (?2 = '' OR
          reporter = ?2) AND (?4 = '' OR EXISTS (SELECT 1 FROM events WHERE events.id = deliveries.event
          AND events.builder = ?4)) AND (?5 = '' OR instr(lower(target), lower(?5)) > 0) AND (created >= ?6 OR
          settled_at >= ?6) ORDER BY id DESC LIMIT ?3)sql");
  const std::string reporter = filter.reporter.value_or("");
  const std::string builder = filter.builder.value_or("");
  const std::string target = filter.target.value_or("");
  find.bind(filter.state ? std::optional<std::int64_t>(static_cast<int>(*filter.state)) : std::nullopt);
  find.bind(reporter).bind(static_cast<std::int64_t>(filter.limit));
  find.bind(builder).bind(target).bind(filter.since);
  std::vector<LedgerRow> rows;
  while (find.step())
    rows.push_back(read_ledger_row(*database_, find));
  std::reverse(rows.begin(), rows.end());
  return rows;
}

std::optional<LedgerRow> SqliteLedger::delivery(RowId id) {
  Statement find = database_->prepare(
      R"sql(
          SELECT id, reporter, state, created, next_at, settled_at, attempts, key, target, summary,
          note, answer, settled, event FROM deliveries WHERE id = ?)sql");
  if (!find.bind(id).step()) return std::nullopt;
  return read_ledger_row(*database_, find);
}

std::optional<StoredDelivery> SqliteLedger::stored(RowId id) {
  return load_delivery(*database_, id);
}

std::vector<LedgerRow> SqliteLedger::deliveries_of(RowId event_row) {
  Statement find = database_->prepare(
      R"sql(
          SELECT id, reporter, state, created, next_at, settled_at, attempts, key, target, summary,
          note, answer, settled, event FROM deliveries WHERE event = ?
          ORDER BY id)sql");
  find.bind(event_row);
  std::vector<LedgerRow> rows;
  while (find.step())
    rows.push_back(read_ledger_row(*database_, find));
  return rows;
}

std::vector<LedgerAttempt> SqliteLedger::attempts(RowId id) {
  Statement find =
      database_->prepare("SELECT at, state, answer FROM attempts WHERE delivery = ? ORDER BY at, rowid");
  find.bind(id);
  std::vector<LedgerAttempt> attempts;
  while (find.step())
    attempts.push_back(read_attempt(find));
  return attempts;
}

// Alternatives of keys in one WHERE would make SQLite read all keys of the source.
std::vector<LedgerEvent> SqliteLedger::events_with_keys(const std::string& source, const std::string& first,
                                                        const std::string& last) {
  std::vector<LedgerEvent> events;
  Statement find = database_->prepare(
      R"sql(
          SELECT id, heard, decisions, source, key, occurrence, at, body, untold
          FROM events WHERE source = ? AND key >= ? AND key <= ? ORDER BY id)sql");
  find.bind(source).bind(first).bind(last);
  while (find.step())
    events.push_back(read_ledger_event(find));
  return events;
}

// Keys of posted builds, buildsets and requests have more parts behind a ':' or a '@'.
std::vector<LedgerEvent> SqliteLedger::events_about(const std::string& source, const std::string& what,
                                                    const std::vector<std::string_view>& ends,
                                                    std::string_view mark) {
  std::vector<LedgerEvent> events;
  const auto add = [&](std::vector<LedgerEvent> more) {
    std::move(more.begin(), more.end(), std::back_inserter(events));
  };
  for (const std::string_view end : ends) {
    const std::string key = what + std::string(end);
    add(events_with_keys(source, key, key));
  }
  const std::string begin = what + std::string(mark);
  add(events_with_keys(source, begin, begin + "\xFF"));
  return events;
}

std::vector<LedgerEvent> SqliteLedger::events_of(const BuildName& name) {
  std::vector<LedgerEvent> events;
  std::optional<std::int64_t> number = name.number;
  if (!name.builder.empty() && !number) {
    if (const auto known = numbers_of(name.builder)) number = known->second;
  }
  if (!name.builder.empty() && number && !name.buildid && !name.builderid) {
    for (const std::string& source : sources()) {
      if (!name.source.empty() && source != name.source) continue;
      Statement find = database_->prepare(
          R"sql(
              SELECT id, heard, decisions, source, key, occurrence, at, body, untold
              FROM events WHERE source = ? AND builder = ? AND builder IS NOT NULL AND number = ?)sql");
      find.bind(source).bind(name.builder).bind(*number);
      while (find.step())
        events.push_back(read_ledger_event(find));
    }
  } else if (name.buildid && name.builder.empty() && !number && !name.builderid) {
    const std::string what = "builds/" + std::to_string(*name.buildid);
    for (const std::string& source : sources()) {
      for (LedgerEvent& event : events_about(source, what, {"/new", "/finished"}, ":"))
        events.push_back(std::move(event));
    }
  } else {
    Statement find = database_->prepare(
        R"sql(
            SELECT id, heard, decisions, source, key, occurrence, at, body, untold
            FROM events WHERE builder IS NOT NULL AND (?1 IS NULL OR key IN ('builds/' || ?1 || '/new',
            'builds/' || ?1 || '/finished') OR key GLOB 'builds/' || ?1 || ':*') AND (?2 = '' OR builder
            = ?2) AND (?3 IS NULL OR number = ?3) AND (?4 IS NULL OR json_extract(body, '$.builderid') =
            ?4 OR (json_extract(body, '$.builderid') IS NULL AND builder = CAST(?4 AS TEXT)))
            ORDER BY id)sql");
    find.bind(name.buildid).bind(name.builder).bind(number).bind(name.builderid);
    while (find.step())
      events.push_back(read_ledger_event(find));
  }
  for (std::size_t i = 0, builds = events.size(); i < builds; ++i) {
    const BuildFacts facts = facts_of(events[i].event.body);
    if (!facts.buildset || kind_of(events[i].event.key) != EventKind::build_finished) continue;
    const Event build = events[i].event;  // a copy: the list grows
    const std::string what = "buildsets/" + std::to_string(*facts.buildset);
    for (LedgerEvent& buildset : events_about(build.source, what, {"/complete"}, "@")) {
      if (may_be_of(build, buildset.event)) events.push_back(std::move(buildset));
    }
  }
  std::set<std::string> requests;  // a retried request has several builds
  for (std::size_t i = 0, builds = events.size(); i < builds; ++i) {
    const Event event = events[i].event;
    const auto id = BuildView(event.body).requestid();
    if (!is_build(kind_of(event.key)) || !id ||
        !requests.insert(event.source + "/" + std::to_string(*id)).second)
      continue;
    const std::string what = "buildrequests/" + std::to_string(*id);
    for (LedgerEvent& request : events_about(event.source, what, {"/new", "/complete"}, ":")) {
      if (request.event.occurrence == event.occurrence) events.push_back(std::move(request));
    }
  }
  std::ranges::sort(events, {}, &LedgerEvent::row);
  for (LedgerEvent& event : events) {
    Statement find = database_->prepare("SELECT reporter FROM notifications WHERE event = ? ORDER BY id");
    find.bind(event.row);
    while (find.step())
      event.open_notifications.push_back(find.text(0));
  }
  return events;
}

std::vector<Pause> SqliteLedger::pauses() {
  return read_pauses(*database_);
}

std::optional<Pause> SqliteLedger::pause_of(const std::string& reporter, Millis now) {
  return store::pause_of(pauses(), reporter, now);
}

std::vector<std::string> SqliteLedger::resume(const std::string& reporter, Millis now) {
  Transaction transaction(*database_);
  const std::vector<std::string> names = paused_together(pauses(), reporter, now);
  if (names.empty()) return names;
  for (const std::string& name : names) {
    database_->prepare("DELETE FROM pauses WHERE reporter = ?").bind(name).run();
    database_->prepare("DELETE FROM holds WHERE reporter = ?").bind(name).run();
    database_
        ->prepare(
            R"sql(
                UPDATE deliveries INDEXED BY deliveries_waiting
                SET next_at = ?1 WHERE state = {waiting} AND reporter = ?2 AND next_at > ?1)sql")
        .bind(now)
        .bind(name)
        .run();
    note_changed_reporter(*database_, name);
  }
  note_changed_pauses(*database_);
  transaction.commit();
  return names;
}

void SqliteLedger::hold(const Pause& pause) {
  Transaction transaction(*database_);
  database_->prepare("INSERT OR REPLACE INTO holds (reporter, until, why, who) VALUES (?, ?, ?, ?)")
      .bind(pause.reporter)
      .bind(pause.until)
      .bind(pause.why)
      .bind(pause.by)
      .run();
  note_changed_pauses(*database_);
  transaction.commit();
}

void SqliteLedger::together(const std::function<void()>& changes) {
  Transaction transaction(*database_);
  const Database::Question limited(*database_);  // not what was waited for others before
  changes();
  transaction.commit();
}

// Without a transaction each statement would lock the file anew, which costs more than most of them do.
void SqliteLedger::as_one_question(const std::function<void()>& questions) {
  const Database::Question limited(*database_);
  const ReadTransaction moment(*database_);
  const std::int64_t changes = database_->total_changes();
  questions();
  if (database_->total_changes() != changes) throw std::logic_error(changes_in_a_question);
}

void SqliteLedger::note(const Deed& deed) {
  database_->prepare("INSERT INTO audit (at, who, address, what, about, reason) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(deed.at)
      .bind(deed.who)
      .bind(deed.address)
      .bind(deed.what)
      .bind(deed.about)
      .bind(deed.reason)
      .run();
}

std::vector<Deed> SqliteLedger::deeds(RowId before, std::size_t limit) {
  Statement find = database_->prepare(
      R"sql(
          SELECT id, at, who, address, what, about, reason FROM audit
          WHERE id < ? ORDER BY id DESC LIMIT ?)sql");
  find.bind(before).bind(static_cast<std::int64_t>(limit));
  std::vector<Deed> deeds;
  while (find.step())
    deeds.push_back(read_deed(find));
  return deeds;
}

std::vector<OpenWork> SqliteLedger::open_work() {
  return read_open_work(*database_);
}

std::optional<json::value> SqliteLedger::remembered(const std::string& owner, const std::string& key) {
  Statement find = database_->prepare("SELECT value FROM memory WHERE owner = ? AND key = ?");
  if (!find.bind(owner).bind(key).step()) return std::nullopt;
  return parse_stored(find.text(0));
}

DroppedWork SqliteLedger::drop_all_of(const std::string& reporter, Millis now) {
  Transaction transaction(*database_);
  const DroppedWork dropped = drop_open_work(*database_, reporter, now);
  transaction.commit();
  return dropped;
}

std::string SqliteLedger::resend(RowId id, Millis now, const std::string& by) {
  Transaction transaction(*database_);
  const auto row = delivery(id);
  if (!row) return "there is no delivery " + std::to_string(id);
  if (std::string why = why_no_resend(*row); !why.empty()) return why;
  if (is_set_aside(*row)) {
    reopen_set_aside(*database_, id, now);
    transaction.commit();
    return {};
  }
  {
    Statement later = database_->prepare(
        R"sql(
            SELECT l.id FROM deliveries d JOIN deliveries l ON l.reporter = d.reporter AND l.status =
            d.status AND l.status <> '' AND l.rank > d.rank
            WHERE d.id = ? AND d.status <> '' AND 1 << l.state & {in_force} LIMIT 1)sql");
    if (later.bind(id).step()) {
      return "delivery " + std::to_string(later.integer(0)) +
             " reports a later state of the same thing; resend that one";
    }
  }
  const std::string settled = names_text(settled_for_good(*row));
  const std::string asked = "resend asked for by " + by;
  // created begins anew, so that a dead letter gets its full time again
  database_
      ->prepare(
          R"sql(
              UPDATE deliveries SET state = {waiting}, next_at = ?1, created = ?1, settled_at = NULL,
              settled = ?2, answer = 'resend asked for'
              WHERE id = ?3)sql")
      .bind(now)
      .bind(settled)
      .bind(id)
      .run();
  database_
      ->prepare(
          R"sql(
              INSERT INTO attempts (delivery, at, state, answer)
              VALUES (?, ?, {waiting}, ?))sql")
      .bind(id)
      .bind(now)
      .bind(asked)
      .run();
  note_changed_delivery(*database_, id);
  transaction.commit();
  return {};
}

std::string SqliteLedger::drop(RowId id, Millis now, const std::string& by) {
  Transaction transaction(*database_);
  const auto row = delivery(id);
  if (!row) return "there is no delivery " + std::to_string(id);
  if (std::string why = why_no_drop(*row); !why.empty()) return why;
  const std::string answer = "dropped by " + by;
  database_
      ->prepare(
          R"sql(
              UPDATE deliveries SET state = {dropped}, settled_at = ?, answer = ?
              WHERE id = ?)sql")
      .bind(now)
      .bind(answer)
      .bind(id)
      .run();
  note_changed_delivery(*database_, id);
  transaction.commit();
  return {};
}

}  // namespace carillon::store
