// What there is, for whoever asked for something that is not: by steps through an index, however much is
// kept.
#include <algorithm>
#include <map>
#include <set>

#include "store/postgres/postgres_ledger.hpp"
#include "store/postgres/reads.hpp"

namespace carillon::store::postgres {

std::vector<OpenWork> PostgresLedger::open_work() {
  return read(read_open_work);
}

std::vector<Ledger::Backlog> PostgresLedger::backlog() {
  return read([](Connection& db) {
    std::map<std::string, Backlog> found;
    for (const Row row :
         db.query("SELECT reporter, count(*) FROM deliveries WHERE state = {waiting} GROUP BY reporter"))
      found[row.text(0)].waiting = static_cast<std::size_t>(row.integer(1));
    for (const Row row : db.query(
             R"sql(
                 SELECT DISTINCT ON (reporter) reporter, created, answer FROM deliveries
                 WHERE state = {waiting} ORDER BY reporter, created, id)sql")) {
      found[row.text(0)].oldest = row.integer(1);
      found[row.text(0)].answer = row.text(2);
    }
    for (const Row row : db.query(
             R"sql(
                 SELECT reporter, count(*) FROM deliveries
                 WHERE state = {dead} AND state NOT IN (0, 1) GROUP BY reporter)sql"))
      found[row.text(0)].dead = static_cast<std::size_t>(row.integer(1));
    std::vector<Backlog> all;
    for (auto& [reporter, one] : found) {
      one.reporter = reporter;
      all.push_back(std::move(one));
    }
    return all;
  });
}

std::vector<std::string> PostgresLedger::reporters() {
  return read([](Connection& db) {
    std::set<std::string> names;
    for (const Row row : db.query(
             R"sql(
                 WITH RECURSIVE step AS (
                   (SELECT reporter FROM deliveries ORDER BY reporter LIMIT 1)
                   UNION ALL
                   SELECT (SELECT d.reporter FROM deliveries d WHERE d.reporter > s.reporter
                           ORDER BY d.reporter LIMIT 1)
                   FROM step s WHERE s.reporter IS NOT NULL
                 )
                 SELECT reporter FROM step WHERE reporter IS NOT NULL
                 UNION SELECT reporter FROM notifications)sql"))
      names.insert(row.text(0));
    return std::vector<std::string>(names.begin(), names.end());
  });
}

std::vector<std::string> source_names(Connection& db) {
  std::vector<std::string> names;
  for (const Row row : db.query(
           R"sql(
               WITH RECURSIVE step AS (
                 (SELECT source FROM events WHERE source > '' ORDER BY source LIMIT 1)
                 UNION ALL
                 SELECT (SELECT e.source FROM events e WHERE e.source > s.source ORDER BY e.source LIMIT 1)
                 FROM step s WHERE s.source IS NOT NULL
               )
               SELECT source FROM step WHERE source IS NOT NULL)sql"))
    names.push_back(row.text(0));
  return names;
}

std::vector<std::string> PostgresLedger::sources() {
  return read(source_names);
}

std::vector<std::string> PostgresLedger::builders() {
  return read([](Connection& db) {
    std::set<std::string> names;
    for (const std::string& source : source_names(db)) {
      for (std::string& name : builder_names(db, source))
        names.insert(std::move(name));
    }
    return std::vector<std::string>(names.begin(), names.end());
  });
}

std::optional<std::pair<std::int64_t, std::int64_t>> numbers_of_builder(Connection& db,
                                                                        const std::string& builder) {
  std::optional<std::pair<std::int64_t, std::int64_t>> numbers;
  for (const std::string& source : source_names(db)) {
    const Rows found = db.query(
        R"sql(
            SELECT (SELECT min(number) FROM events WHERE source = $1 AND builder = $2 AND builder IS NOT NULL),
            (SELECT max(number) FROM events WHERE source = $1 AND builder = $2 AND builder IS NOT NULL))sql",
        std::move(Parameters().key(source).key(builder)));
    const Row row = found.front();
    if (row.null(0)) continue;
    if (!numbers) numbers.emplace(row.integer(0), row.integer(1));
    numbers->first = std::min(numbers->first, row.integer(0));
    numbers->second = std::max(numbers->second, row.integer(1));
  }
  return numbers;
}

std::optional<std::pair<std::int64_t, std::int64_t>> PostgresLedger::numbers_of(const std::string& builder) {
  return read([&](Connection& db) { return numbers_of_builder(db, builder); });
}

std::optional<RowId> PostgresLedger::waits_behind(RowId id) {
  return read([&](Connection& db) -> std::optional<RowId> {
    const Rows found = db.query(
        R"sql(
            SELECT before.id FROM deliveries AS late JOIN deliveries AS before
            ON before.reporter = late.reporter AND before.lane = late.lane AND before.id < late.id
            WHERE late.id = $1 AND late.state = {waiting} AND before.state = {waiting}
            ORDER BY before.id LIMIT 1)sql",
        of(id));
    if (found.empty()) return std::nullopt;
    return found.front().integer(0);
  });
}

}  // namespace carillon::store::postgres
