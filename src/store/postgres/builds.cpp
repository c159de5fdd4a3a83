// The builds that the events tell of, for questions about them.
#include "store/postgres/reads.hpp"

namespace carillon::store::postgres {
namespace {

// What is looked at when no builder is named; older builds are found by their builder.
constexpr std::int64_t recent_events = 20'000;

std::vector<KnownBuild> read_builds(const Rows& rows) {
  std::vector<KnownBuild> builds;
  for (const Row row : rows)
    builds.push_back(read_known_build(row));
  return builds;
}

}  // namespace

// kinds 0 and 1: build_started, build_finished
std::vector<KnownBuild> known_builds(Connection& db, const std::string& source, const BuildsQuery& query) {
  const auto limit = static_cast<std::int64_t>(query.limit);
  Parameters all;
  if (query.row) {
    return read_builds(db.query(
        R"sql(
            SELECT id, kind, source, key, occurrence, at, body
            FROM events WHERE id = $1 AND source = $2 AND kind IN (0, 1))sql",
        all.add(*query.row).key(source)));
  }
  if (query.posted_id) {
    // Two steps of an index: a key begins with the id, and '/' or ':' follows it.
    const std::string key = "builds/" + std::to_string(*query.posted_id);
    all.key(source);
    for (const char* end : {"/", "0", ":", ";"})
      all.key(key + end);
    return read_builds(db.query(
        R"sql(
            SELECT id, kind, source, key, occurrence, at, body
            FROM events WHERE source = $1 AND kind IN (0, 1) AND ((key > $2 AND key < $3) OR (key > $4 AND
            key < $5)) ORDER BY attempt DESC, id DESC LIMIT $6)sql",
        all.add(limit)));
  }
  if (query.builder && query.number) {
    return read_builds(db.query(
        R"sql(
            SELECT id, kind, source, key, occurrence, at, body
            FROM events WHERE source = $1 AND builder = $2 AND builder IS NOT NULL AND number = $3 AND kind
            IN (0, 1) ORDER BY attempt DESC, id DESC LIMIT $4)sql",
        all.key(source).key(*query.builder).add(*query.number).add(limit)));
  }
  if (query.builder) {
    return read_builds(db.query(
        R"sql(
            SELECT id, kind, source, key, occurrence, at, body
            FROM events WHERE source = $1 AND builder = $2 AND builder IS NOT NULL AND number IS NOT NULL AND
            kind IN (0, 1) ORDER BY number DESC, attempt DESC, id DESC LIMIT $3)sql",
        all.key(source).key(*query.builder).add(limit)));
  }
  return read_builds(db.query(
      R"sql(
          SELECT id, kind, source, key, occurrence, at, body
          FROM events WHERE id > greatest((SELECT max(id) FROM events) - $1::bigint, $2::bigint) AND source = $3
          AND kind IN (0, 1) ORDER BY id DESC LIMIT $4)sql",
      all.add(recent_events).add(query.after).key(source).add(limit)));
}

}  // namespace carillon::store::postgres
