#include "store/sqlite/rows.hpp"

#include <sqlite3.h>

#include "store/sqlite/files.hpp"
#include "store/sqlite/overlap.hpp"
#include "store/sqlite/replay.hpp"

namespace carillon::store {

json::value parse_stored(const std::string& text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error) throw DatabaseError(SQLITE_CORRUPT, "the database holds broken JSON: " + error.message());
  return value;
}

std::string decisions_text(const std::vector<ReporterDecision>& decisions) {
  json::array rows;
  rows.reserve(decisions.size());
  for (const ReporterDecision& decision : decisions) {
    json::array row;
    row.emplace_back(decision.reporter);
    row.emplace_back(static_cast<std::int64_t>(decision.decision.outcome));
    row.emplace_back(decision.decision.reason);
    if (decision.decision.silence != 0) row.emplace_back(decision.decision.silence);
    rows.emplace_back(std::move(row));
  }
  return json::serialize(rows);
}

std::vector<ReporterDecision> parse_decisions(const std::string& text) {
  std::vector<ReporterDecision> decisions;
  const json::value rows = parse_stored(text);
  for (const json::value& item : rows.as_array()) {
    const json::array& row = item.as_array();
    ReporterDecision decision;
    decision.reporter = row.at(0).as_string();
    decision.decision.outcome = static_cast<Decision::Outcome>(row.at(1).as_int64());
    decision.decision.reason = row.at(2).as_string();
    if (row.size() > 3) decision.decision.silence = row.at(3).as_int64();
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

std::string names_text(const std::vector<std::string>& names) {
  if (names.empty()) return "[]";
  json::array list;
  for (const std::string& entry : names)
    list.emplace_back(entry);
  return json::serialize(list);
}

std::vector<std::string> parse_names(const std::string& text) {
  std::vector<std::string> names;
  if (text == "[]") return names;
  const json::value list = parse_stored(text);
  for (const json::value& item : list.as_array())
    names.emplace_back(item.as_string());
  return names;
}

Event read_event(const Statement& row, int column) {
  Event event;
  event.source = row.text(column);
  event.key = row.text(column + 1);
  event.occurrence = row.text(column + 2);
  event.at = row.integer(column + 3);
  json::value body = parse_stored(row.text(column + 4));
  event.body = std::move(body.as_object());
  return event;
}

namespace {

PreviousBuild read_previous(const Statement& row) {
  PreviousBuild build;
  build.run = {row.integer(0), row.integer(1)};
  build.results = results_from(row.integer(2)).value_or(Results::exception);
  build.event_row = row.integer(3);
  return build;
}

// Mostly the newest one; else the builder's builds are gone through, from the asked one back.
std::optional<PreviousBuild> previous_on_branch(Database& db, const std::string& master,
                                                const std::string& builder, const std::string& branch,
                                                RunNumber before) {
  std::int64_t first = 0;
  {
    Statement known = db.prepare(
        R"sql(
            SELECT e.number, e.attempt, e.results, e.id, b.first
            FROM branches b JOIN events e ON e.id = b.event
            WHERE b.source = ? AND b.builder = ? AND b.branch = ?)sql");
    if (!known.bind(master).bind(builder).bind(branch).step()) return std::nullopt;
    PreviousBuild newest = read_previous(known);
    if (newest.run < before) return newest;
    first = known.integer(4);
  }
  Statement find = db.prepare(
      R"sql(
          SELECT number, attempt, results, id FROM events INDEXED BY events_build
          WHERE source = ? AND builder = ? AND builder IS NOT NULL AND number >= ? AND
          (number, attempt) < (?, ?) AND branch = ? AND kind = 1 AND results IS NOT NULL AND results <> 5
          ORDER BY number DESC, attempt DESC, id DESC LIMIT 1)sql");
  find.bind(master).bind(builder).bind(first).bind(before.number).bind(before.attempt).bind(branch);
  if (!find.step()) return std::nullopt;
  return read_previous(find);
}

}  // namespace

WaitingDelivery read_waiting(const Statement& row) {
  WaitingDelivery delivery;
  delivery.id = row.integer(0);
  delivery.reporter = row.text(1);
  delivery.lane = row.text(2);
  delivery.next_at = row.integer(3);
  return delivery;
}

std::optional<PreviousBuild> previous_build(Database& db, const std::string& master,
                                            const std::string& builder,
                                            const std::optional<std::string>& branch, RunNumber before) {
  // kind 1: build_finished; results 5: retry
  if (!branch || branch->empty()) {
    Statement find = db.prepare(
        R"sql(
            SELECT number, attempt, results, id FROM events WHERE source = ? AND builder = ? AND builder
            IS NOT NULL AND (number, attempt) < (?, ?) AND kind = 1 AND results IS NOT NULL AND results <> 5
            ORDER BY number DESC, attempt DESC, id DESC LIMIT 1)sql");
    if (!find.bind(master).bind(builder).bind(before.number).bind(before.attempt).step()) return std::nullopt;
    return read_previous(find);
  }
  return previous_on_branch(db, master, builder, *branch, before);
}

std::vector<BuildsetBuild> buildset_builds(Database& db, const std::string& master, std::int64_t bsid,
                                           const std::string& occurrence) {
  std::vector<BuildsetBuild> builds;
  Statement find = db.prepare(
      R"sql(
          SELECT id, decisions, source, key, occurrence, at, body, untold
          FROM events WHERE source = ? AND bsid = ? AND bsid IS NOT NULL AND kind = 1 AND occurrence = ?
          ORDER BY id)sql");
  find.bind(master).bind(bsid).bind(occurrence);
  while (find.step()) {
    BuildsetBuild build;
    build.row = find.integer(0);
    build.decisions = parse_decisions(find.text(1));
    build.event = read_event(find, 2);
    build.event.untold = find.text(7);
    builds.push_back(std::move(build));
  }
  return builds;
}

std::optional<StoredDelivery> load_delivery(Database& db, RowId id) {
  Statement find = db.prepare(
      R"sql(
          SELECT d.state, d.key, d.lane, d.status, d.rank, d.target, d.summary, d.note, d.settled,
          d.attempts, d.created, p.head, p.tail, p.body, d.event, e.heard
          FROM deliveries d JOIN payloads p ON p.delivery = d.id
          LEFT JOIN events e ON e.id = d.event WHERE d.id = ?)sql");
  if (!find.bind(id).step()) return std::nullopt;
  StoredDelivery stored;
  stored.id = id;
  stored.state = static_cast<DeliveryState>(find.integer(0));
  Delivery& delivery = stored.delivery;
  delivery.key = find.text(1);
  delivery.lane = find.text(2);
  delivery.status = find.text(3);
  delivery.rank = find.integer(4);
  delivery.target = find.text(5);
  delivery.summary = find.text(6);
  delivery.note = find.text(7);
  delivery.settled = parse_names(find.text(8));
  stored.attempts = static_cast<int>(find.integer(9));
  stored.created = find.integer(10);
  const Overlap overlap{static_cast<std::size_t>(find.integer(11)),
                        static_cast<std::size_t>(find.integer(12))};
  delivery.payload = find.text(13);
  if (overlap.head + overlap.tail > 0) {
    Statement event = db.prepare("SELECT body FROM events WHERE id = ?");
    const bool there = event.bind(find.integer(14)).step();
    const std::string body = there ? event.text(0) : std::string();
    if (overlap.head + overlap.tail > body.size())
      throw DatabaseError(SQLITE_CORRUPT,
                          "the event of delivery " + std::to_string(id) + " is not as it was");
    delivery.payload = joined(body, overlap, delivery.payload);
  }
  stored.heard = without_replay(delivery.key) == delivery.key ? find.integer(15) : 0;
  delivery.files = files_of(db, id);
  return stored;
}

std::vector<Pause> read_pauses(Database& db) {
  std::vector<Pause> pauses;
  Statement find = db.prepare(
      R"sql(
          SELECT reporter, until, why, '' FROM pauses
          UNION ALL SELECT reporter, until, why, who FROM holds ORDER BY reporter)sql");
  while (find.step()) {
    Pause pause;
    pause.reporter = find.text(0);
    pause.until = find.integer(1);
    pause.why = find.text(2);
    pause.by = find.text(3);
    pauses.push_back(std::move(pause));
  }
  return pauses;
}

std::vector<Millis> composed_at(Database& db, const std::vector<RowId>& deliveries) {
  std::vector<Millis> times;
  for (const RowId id : deliveries) {
    Statement find = db.prepare("SELECT created FROM deliveries WHERE id = ?");
    times.push_back(find.bind(id).step() ? find.integer(0) : 0);
  }
  return times;
}

}  // namespace carillon::store
