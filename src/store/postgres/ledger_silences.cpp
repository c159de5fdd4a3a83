// Silences, for people.
#include <algorithm>

#include "store/postgres/changes.hpp"
#include "store/postgres/deeds.hpp"
#include "store/postgres/postgres_ledger.hpp"
#include "store/reading.hpp"
#include "store/silence_over.hpp"

namespace carillon::store::postgres {

RowId PostgresLedger::add_silence(const Silence& silence) {
  return write([&](Connection& db) {
    const Rows made = db.query(
        R"sql(
            INSERT INTO silences (builder, branch, tag, result, reporter, target, since, until, why, who,
            statuses, summary, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            RETURNING id)sql",
        std::move(Parameters()
                      .text(silence.builder)
                      .text(silence.branch)
                      .text(silence.tag)
                      .text(silence.result)
                      .text(silence.reporter)
                      .text(silence.target)
                      .add(silence.from)
                      .add(silence.until)
                      .text(silence.why)
                      .text(silence.who)
                      .add(std::int64_t{silence.statuses ? 1 : 0})
                      .add(std::int64_t{silence.summary ? 1 : 0})
                      .add(silence.created)));
    note_changed_silences(db);
    return made.front().integer(0);
  });
}

std::string PostgresLedger::end_silence(RowId id, Millis now, const std::string& by) {
  return write([&](Connection& db) -> std::string {
    db.send("SELECT 1 FROM silences WHERE id = $1 FOR UPDATE", of(id));
    if (std::string why = why_no_end(find_silence(db, id), id, now); !why.empty()) return why;
    db.send("UPDATE silences SET until = $1, since = least(since, $1), ended_by = $2 WHERE id = $3",
            std::move(Parameters().add(now).text(by).add(id)));
    note_changed_silences(db);
    return {};
  });
}

std::vector<KeptSilence> PostgresLedger::kept_silences() {
  return read([](Connection& db) {
    std::vector<KeptSilence> kept;
    for (Silence& silence : read_silences(db)) {
      std::vector<HeldBack> held = read_held_back(db, silence.id);
      kept.push_back({std::move(silence), std::move(held)});
    }
    std::ranges::reverse(kept);
    return kept;
  });
}

std::optional<KeptSilence> PostgresLedger::kept_silence(RowId id) {
  return read([&](Connection& db) -> std::optional<KeptSilence> {
    auto silence = find_silence(db, id);
    if (!silence) return std::nullopt;
    return KeptSilence{std::move(*silence), read_held_back(db, id)};
  });
}

std::vector<Decided> PostgresLedger::decided_since(Millis then, std::size_t most, bool tags) {
  const RowId before = last_before(then);
  return read([&](Connection& db) {
    std::vector<Decided> all;
    for (const Row row : db.query(
             R"sql(
                 SELECT id, kind, builder, branch, results, decisions, CASE WHEN $2::bigint <> 0 THEN body END
                 FROM events WHERE id > $1 AND heard >= $3 ORDER BY id DESC LIMIT $4)sql",
             std::move(Parameters()
                           .add(before)
                           .add(std::int64_t{tags ? 1 : 0})
                           .add(then)
                           .add(static_cast<std::int64_t>(most))))) {
      Decided one;
      one.row = row.integer(0);
      one.kind = static_cast<EventKind>(row.integer(1));
      if (one.kind == EventKind::silence_over) continue;
      one.facts.builder = row.text(2);
      one.facts.branch = row.text(3);
      if (!row.null(4)) one.facts.results = results_from(row.integer(4));
      one.decisions = parse_decisions(row.text(5));
      if (!row.null(6)) one.facts.tags = facts_of(parse_stored(row.text(6)).as_object()).tags;
      all.push_back(std::move(one));
    }
    return all;
  });
}

}  // namespace carillon::store::postgres
