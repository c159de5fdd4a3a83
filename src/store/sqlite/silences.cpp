#include "store/sqlite/silences.hpp"

#include <algorithm>

#include "store/silence_over.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/sqlite_ledger.hpp"
#include "store/sqlite/transaction.hpp"
#include "store/sqlite/writes.hpp"

namespace carillon::store {
namespace {

std::optional<Silence> find_silence(Database& db, RowId id) {
  Statement find = db.prepare(
      R"sql(
          SELECT id, builder, branch, tag, result, reporter, target, since, until, why, who, statuses,
          summary, created, ended_by, closed FROM silences WHERE id = ?)sql");
  if (!find.bind(id).step()) return std::nullopt;
  return read_silence(find);
}

}  // namespace

std::vector<Silence> read_silences(Database& db) {
  std::vector<Silence> silences;
  Statement find = db.prepare(
      R"sql(
          SELECT id, builder, branch, tag, result, reporter, target, since, until, why, who, statuses,
          summary, created, ended_by, closed FROM silences ORDER BY id)sql");
  while (find.step())
    silences.push_back(read_silence(find));
  return silences;
}

std::vector<HeldBack> read_held_back(Database& db, RowId silence) {
  std::vector<HeldBack> held;
  Statement find = db.prepare(
      R"sql(
          SELECT reporter, source, builder, held, event FROM silenced WHERE silence = ?
          ORDER BY reporter, source, builder)sql");
  find.bind(silence);
  while (find.step())
    held.push_back(read_held(find));
  return held;
}

std::optional<HeldBack> find_held_back(Database& db, RowId silence, const std::string& reporter,
                                       const std::string& source, const std::string& builder) {
  Statement find = db.prepare(
      R"sql(
          SELECT held, event FROM silenced WHERE silence = ? AND reporter = ? AND source = ? AND
          builder = ?)sql");
  if (!find.bind(silence).bind(reporter).bind(source).bind(builder).step()) return std::nullopt;
  return HeldBack{reporter, source, builder, static_cast<std::size_t>(find.integer(0)), find.integer(1)};
}

void note_held_back(Database& db, RowId silence, const std::string& reporter, const std::string& source,
                    const std::string& builder, RowId event) {
  db.prepare(
        R"sql(
            INSERT INTO silenced (silence, reporter, source, builder, held, event) VALUES (?,?,?,?,1,?)
            ON CONFLICT (silence, reporter, source, builder) DO UPDATE SET held = held + 1,
            event = max(event, excluded.event))sql")
      .bind(silence)
      .bind(reporter)
      .bind(builder.empty() ? std::string_view() : std::string_view(source))
      .bind(builder)
      .bind(event)
      .run();
}

void note_held_back(Database& db, RowId silence, const std::string& reporter, RowId event) {
  std::string source;
  std::string builder;
  {
    Statement find = db.prepare("SELECT source, coalesce(builder, '') FROM events WHERE id = ?");
    if (find.bind(event).step()) {
      source = find.text(0);
      builder = find.text(1);
    }
  }
  note_held_back(db, silence, reporter, source, builder, event);
}

std::vector<Notification> close_silence(Database& db, RowId id, const std::vector<std::string>& reporters,
                                        Millis now) {
  const auto silence = find_silence(db, id);
  if (!silence || silence->closed) return {};
  db.prepare("UPDATE silences SET closed = ? WHERE id = ?").bind(now).bind(id).run();
  if (!silence->summary) return {};
  const NewEvent over = silence_over(*silence, read_held_back(db, id), reporters, now);
  if (over.decisions.empty()) return {};
  return insert_event(db, over, now).notifications;
}

std::size_t forget_silences(Database& db, Millis before) {
  db.prepare(
        "DELETE FROM silenced WHERE silence IN (SELECT id FROM silences WHERE closed <> 0 AND until < ?)")
      .bind(before)
      .run();
  db.prepare("DELETE FROM silences WHERE closed <> 0 AND until < ?").bind(before).run();
  return static_cast<std::size_t>(db.changes());
}

RowId SqliteLedger::add_silence(const Silence& silence) {
  Transaction transaction(*database_);
  database_
      ->prepare(
          R"sql(
              INSERT INTO silences (builder, branch, tag, result, reporter, target, since, until, why, who,
              statuses, summary, created) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?))sql")
      .bind(silence.builder)
      .bind(silence.branch)
      .bind(silence.tag)
      .bind(silence.result)
      .bind(silence.reporter)
      .bind(silence.target)
      .bind(silence.from)
      .bind(silence.until)
      .bind(silence.why)
      .bind(silence.who)
      .bind(std::int64_t{silence.statuses ? 1 : 0})
      .bind(std::int64_t{silence.summary ? 1 : 0})
      .bind(silence.created)
      .run();
  const RowId id = database_->last_row();
  transaction.commit();
  return id;
}

std::string SqliteLedger::end_silence(RowId id, Millis now, const std::string& by) {
  Transaction transaction(*database_);
  const auto silence = find_silence(*database_, id);
  if (std::string why = why_no_end(silence, id, now); !why.empty()) return why;
  database_->prepare("UPDATE silences SET until = ?1, since = min(since, ?1), ended_by = ?2 WHERE id = ?3")
      .bind(now)
      .bind(by)
      .bind(id)
      .run();
  transaction.commit();
  return {};
}

std::vector<KeptSilence> SqliteLedger::kept_silences() {
  std::vector<KeptSilence> kept;
  for (Silence& silence : read_silences(*database_)) {
    std::vector<HeldBack> held = read_held_back(*database_, silence.id);
    kept.push_back({std::move(silence), std::move(held)});
  }
  std::ranges::reverse(kept);
  return kept;
}

std::optional<KeptSilence> SqliteLedger::kept_silence(RowId id) {
  auto silence = find_silence(*database_, id);
  if (!silence) return std::nullopt;
  return KeptSilence{std::move(*silence), read_held_back(*database_, id)};
}

std::vector<Decided> SqliteLedger::decided_since(Millis then, std::size_t most, bool tags) {
  const RowId before = last_before(then);
  Statement find = database_->prepare(
      R"sql(
          SELECT id, kind, builder, branch, results, decisions,
          CASE WHEN ?2 THEN json_extract(body, '$.builder') END
          FROM events WHERE id > ?1 AND heard >= ?3 ORDER BY id DESC LIMIT ?4)sql");
  find.bind(before).bind(std::int64_t{tags ? 1 : 0}).bind(then).bind(static_cast<std::int64_t>(most));
  std::vector<Decided> all;
  while (find.step()) {
    Decided one;
    one.row = find.integer(0);
    one.kind = static_cast<EventKind>(find.integer(1));
    one.facts.builder = find.text(2);
    one.facts.branch = find.text(3);
    if (!find.null(4)) one.facts.results = results_from(find.integer(4));
    one.decisions = parse_decisions(find.text(5));
    if (one.kind == EventKind::silence_over) continue;
    if (!find.null(6)) one.facts.tags = tags_of_builder(find.text(6));
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace carillon::store
