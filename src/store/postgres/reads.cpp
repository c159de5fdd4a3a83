#include "store/postgres/reads.hpp"

#include <limits>
#include <map>
#include <unordered_map>

#include "model/replay_mark.hpp"
#include "store/overlap.hpp"
#include "store/postgres/texts.hpp"

namespace carillon::store::postgres {
namespace {

// Bytes of notifications that are read at once, and how many in one answer.
constexpr std::size_t max_read_bytes = std::size_t{8} << 20U;

std::optional<PreviousBuild> first_previous(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return read_previous(rows.front());
}

// Mostly the newest one; else the builder's builds are gone through, from the asked one back.
std::optional<PreviousBuild> previous_on_branch(Connection& db, const std::string& source,
                                                const std::string& builder, const std::string& branch,
                                                RunNumber before) {
  const Rows known = db.query(
      R"sql(
          SELECT e.number, e.attempt, e.results, e.id, b.first
          FROM branches b JOIN events e ON e.id = b.event
          WHERE b.source = $1 AND b.builder = $2 AND b.branch = $3)sql",
      std::move(Parameters().key(source).key(builder).key(branch)));
  if (known.empty()) return std::nullopt;
  const PreviousBuild newest = read_previous(known.front());
  if (newest.run < before) return newest;
  return first_previous(db.query(
      R"sql(
          SELECT number, attempt, results, id FROM events
          WHERE source = $1 AND builder = $2 AND builder IS NOT NULL AND number >= $3 AND
          (number, attempt) < ($4, $5) AND branch = $6 AND kind = 1 AND results IS NOT NULL AND results <> 5
          ORDER BY number DESC, attempt DESC, id DESC LIMIT 1)sql",
      std::move(Parameters()
                    .key(source)
                    .key(builder)
                    .add(known.front().integer(4))
                    .add(before.number)
                    .add(before.attempt)
                    .key(branch))));
}

// The sizes come first: one answer holds all of its rows.
std::vector<Notification> read_some(Connection& db, const Rows& sizes) {
  Column ids(Type::int8);
  std::size_t bytes = 0;
  for (const Row row : sizes) {
    if (bytes >= max_read_bytes) break;
    bytes += static_cast<std::size_t>(row.integer(1));
    ids.add(row.integer(0));
  }
  std::vector<Notification> notifications;
  if (ids.size() == 0) return notifications;
  for (const Row row : db.query(
           R"sql(
               SELECT n.id, n.event, n.reporter, e.source, e.key, e.occurrence, e.at, e.body, e.heard, n.replay
               FROM notifications n JOIN events e ON e.id = n.event WHERE n.id = ANY ($1::bigint[])
               ORDER BY n.id)sql",
           std::move(Parameters().add(ids))))
    notifications.push_back(read_notification(row));
  return notifications;
}

}  // namespace

std::optional<Event> read_event_row(Connection& db, RowId row) {
  const Rows found =
      db.query("SELECT source, key, occurrence, at, body, untold FROM events WHERE id = $1", of(row));
  if (found.empty()) return std::nullopt;
  Event event = read_event(found.front(), 0);
  event.untold = found.front().text(5);
  return event;
}

// kind 1: build_finished; results 5: retry
std::optional<PreviousBuild> previous_build(Connection& db, const std::string& source,
                                            const std::string& builder,
                                            const std::optional<std::string>& branch, RunNumber before) {
  if (branch && !branch->empty()) return previous_on_branch(db, source, builder, *branch, before);
  return first_previous(db.query(
      R"sql(
          SELECT number, attempt, results, id FROM events WHERE source = $1 AND builder = $2 AND builder
          IS NOT NULL AND (number, attempt) < ($3, $4) AND kind = 1 AND results IS NOT NULL AND results <> 5
          ORDER BY number DESC, attempt DESC, id DESC LIMIT 1)sql",
      std::move(Parameters().key(source).key(builder).add(before.number).add(before.attempt))));
}

std::vector<BuildsetBuild> buildset_builds(Connection& db, const std::string& source, std::int64_t bsid,
                                           const std::string& occurrence) {
  std::vector<BuildsetBuild> builds;
  for (const Row row : db.query(
           R"sql(
               SELECT id, decisions, source, key, occurrence, at, body, untold
               FROM events WHERE source = $1 AND bsid = $2 AND bsid IS NOT NULL AND kind = 1 AND
               occurrence = $3 ORDER BY id)sql",
           std::move(Parameters().key(source).add(bsid).key(occurrence))))
    builds.push_back(read_buildset_build(row));
  return builds;
}

// One step of the index for each builder, however many builds it has.
std::vector<std::string> builder_names(Connection& db, const std::string& source) {
  std::vector<std::string> names;
  for (const Row row : db.query(
           R"sql(
               WITH RECURSIVE step AS (
                 (SELECT builder FROM events WHERE source = $1 AND builder IS NOT NULL
                  ORDER BY builder LIMIT 1)
                 UNION ALL
                 SELECT (SELECT e.builder FROM events e WHERE e.source = $1 AND e.builder > s.builder AND
                         e.builder IS NOT NULL ORDER BY e.builder LIMIT 1)
                 FROM step s WHERE s.builder IS NOT NULL
               )
               SELECT builder FROM step WHERE builder <> '')sql",
           of_key(source)))
    names.push_back(row.text(0));
  return names;
}

json::value read_cursor(Connection& db, const std::string& source) {
  const Rows found = db.query("SELECT cursor FROM cursors WHERE source = $1", of_key(source));
  if (found.empty()) return nullptr;
  return parse_stored(found.front().text(0));
}

namespace {

// Of one delivery, payload and event together, that is read with others.
constexpr std::int64_t most_with_others = 128 * 1024;

StoredDelivery read_delivery(Connection& db, const Row& row) {
  StoredDelivery stored;
  stored.state = static_cast<DeliveryState>(row.integer(0));
  Delivery& delivery = stored.delivery;
  delivery.key = row.text(1);
  delivery.lane = row.text(2);
  delivery.status = row.text(3);
  delivery.rank = row.integer(4);
  delivery.target = row.text(5);
  delivery.summary = row.text(6);
  delivery.note = row.text(7);
  delivery.settled = parse_names(row.text(8));
  stored.attempts = static_cast<int>(row.integer(9));
  stored.created = row.integer(10);
  stored.id = row.integer(18);
  const Overlap overlap{static_cast<std::size_t>(row.integer(11)), static_cast<std::size_t>(row.integer(12))};
  if (overlap.head + overlap.tail > row.view(17).size())
    throw Error("the event of delivery " + std::to_string(stored.id) + " is not as it was");
  delivery.payload =
      overlap.head + overlap.tail > 0 ? joined(row.view(17), overlap, row.view(13)) : row.text(13);
  stored.heard = without_replay(delivery.key) == delivery.key ? row.integer(15) : 0;
  if (row.integer(19) != 0) delivery.files = files_of(db, stored.id);
  return stored;
}

// Those that are not longer than `most`.
Rows query_deliveries(Connection& db, const Column& ids, std::int64_t most) {
  return db.query(
      R"sql(
          SELECT d.state, d.key, d.lane, d.status, d.rank, d.target, d.summary, d.note, d.settled,
          d.attempts, d.created, p.head, p.tail, p.body, d.event, e.heard, d.reporter,
          CASE WHEN p.head + p.tail > 0 THEN e.body END, d.id,
          EXISTS (SELECT 1 FROM files f WHERE f.delivery = d.id)
          FROM unnest($1::bigint[]) AS x (id) JOIN deliveries d ON d.id = x.id
          JOIN payloads p ON p.delivery = d.id LEFT JOIN events e ON e.id = d.event
          WHERE octet_length(p.body) + CASE WHEN p.head + p.tail > 0 THEN octet_length(e.body) ELSE 0 END <= $2)sql",
      std::move(Parameters().add(ids).add(most)));
}

}  // namespace

std::optional<StoredDelivery> load_delivery(Connection& db, RowId id) {
  Column one(Type::int8);
  one.add(id);
  const Rows found = query_deliveries(db, one, std::numeric_limits<std::int64_t>::max());
  if (found.empty()) return std::nullopt;
  return read_delivery(db, found.front());
}

void load_deliveries(Connection& db, const std::vector<LoadJob*>& jobs) {
  Column ids(Type::int8);
  for (const LoadJob* job : jobs)
    ids.add(job->id);
  std::unordered_map<RowId, StoredDelivery> read;
  for (const Row row : query_deliveries(db, ids, most_with_others))
    read.emplace(row.integer(18), read_delivery(db, row));
  for (LoadJob* job : jobs) {
    auto one = read.extract(job->id);
    if (one.empty())
      job->result = load_delivery(db, job->id);
    else
      job->result = std::move(one.mapped());
  }
}

std::vector<PayloadFile> files_of(Connection& db, RowId delivery) {
  std::vector<PayloadFile> files;
  for (const Row row :
       db.query("SELECT at, name, size, escaped, most, label FROM files WHERE delivery = $1 ORDER BY id",
                of(delivery)))
    files.push_back(read_payload_file(row));
  return files;
}

std::vector<FileUse> file_uses(Connection& db, const std::vector<std::string>& names) {
  std::vector<FileUse> uses;
  for (const std::string& name : names) {
    const Rows found = db.query(
        R"sql(
            SELECT bool_or(1 << d.state & {undelivered} <> 0),
            max(CASE WHEN d.state = {delivered} THEN d.settled_at END)
            FROM files f JOIN deliveries d ON d.id = f.delivery WHERE f.name = $1)sql",
        of_key(name));
    const Row row = found.front();
    FileUse use;
    use.needed = row.integer(0) != 0;
    if (!row.null(1)) use.delivered = row.integer(1);
    uses.push_back(use);
  }
  return uses;
}

std::vector<Millis> composed_at(Connection& db, const std::vector<RowId>& deliveries) {
  Column ids(Type::int8);
  for (const RowId id : deliveries)
    ids.add(id);
  std::map<RowId, Millis> known;
  for (const Row row : db.query("SELECT id, created FROM deliveries WHERE id = ANY ($1::bigint[])",
                                std::move(Parameters().add(ids))))
    known[row.integer(0)] = row.integer(1);
  std::vector<Millis> times;
  for (const RowId id : deliveries) {
    const auto at = known.find(id);
    times.push_back(at == known.end() ? 0 : at->second);
  }
  return times;
}

std::vector<Pause> read_pauses(Connection& db) {
  std::vector<Pause> pauses;
  for (const Row row : db.query(
           R"sql(
               SELECT reporter, until, why, '' FROM pauses
               UNION ALL SELECT reporter, until, why, who FROM holds ORDER BY reporter)sql"))
    pauses.push_back(read_pause(row));
  return pauses;
}

std::vector<Notification> open_notifications(Connection& db, RowId after, std::size_t limit) {
  return read_some(db, db.query(
                           R"sql(
                  SELECT n.id, octet_length(e.body) FROM notifications n JOIN events e ON e.id = n.event
                  WHERE n.id > $1 ORDER BY n.id LIMIT $2)sql",
                           std::move(Parameters().add(after).add(static_cast<std::int64_t>(limit)))));
}

std::vector<Notification> open_notifications_of(Connection& db, const std::string& reporter, RowId after,
                                                std::size_t limit) {
  return read_some(
      db, db.query(
              R"sql(
                  SELECT n.id, octet_length(e.body) FROM notifications n JOIN events e ON e.id = n.event
                  WHERE n.reporter = $1 AND n.id > $2 ORDER BY n.id LIMIT $3)sql",
              std::move(Parameters().key(reporter).add(after).add(static_cast<std::int64_t>(limit)))));
}

std::optional<Notification> open_notification(Connection& db, RowId id) {
  const Rows found = db.query(
      R"sql(
          SELECT n.id, n.event, n.reporter, e.source, e.key, e.occurrence, e.at, e.body, e.heard, n.replay
          FROM notifications n JOIN events e ON e.id = n.event WHERE n.id = $1)sql",
      of(id));
  if (found.empty()) return std::nullopt;
  return read_notification(found.front());
}

std::vector<WaitingDelivery> all_waiting(Connection& db) {
  std::vector<WaitingDelivery> rows;
  for (const Row row : db.query("SELECT id, reporter, lane, next_at, attempts FROM deliveries WHERE state = "
                                "{waiting} ORDER BY id"))
    rows.push_back(read_waiting(row));
  return rows;
}

std::vector<OpenWork> read_open_work(Connection& db) {
  std::map<std::string, OpenWork> found;
  for (const Row row : db.query("SELECT reporter, count(*) FROM notifications GROUP BY reporter"))
    found[row.text(0)].notifications = static_cast<std::size_t>(row.integer(1));
  for (const Row row :
       db.query("SELECT reporter, count(*) FROM deliveries WHERE state = {waiting} GROUP BY reporter"))
    found[row.text(0)].deliveries = static_cast<std::size_t>(row.integer(1));
  std::vector<OpenWork> all;
  for (auto& [reporter, work] : found) {
    work.reporter = reporter;
    all.push_back(std::move(work));
  }
  return all;
}

bool has_open_work(Connection& db, const std::string& reporter) {
  return db.query(
               R"sql(
                     SELECT EXISTS (SELECT 1 FROM deliveries WHERE state = {waiting} AND reporter = $1) OR
                     EXISTS (SELECT 1 FROM notifications WHERE reporter = $1))sql",
               of_key(reporter))
             .front()
             .integer(0) != 0;
}

}  // namespace carillon::store::postgres
