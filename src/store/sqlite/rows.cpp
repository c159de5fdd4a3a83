#include "store/sqlite/rows.hpp"

#include <sqlite3.h>

#include "store/overlap.hpp"
#include "store/sqlite/files.hpp"
#include "store/sqlite/replay.hpp"

namespace carillon::store {
namespace {

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
  while (find.step())
    builds.push_back(read_buildset_build(find));
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
  while (find.step())
    pauses.push_back(read_pause(find));
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
