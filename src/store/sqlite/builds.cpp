#include "store/sqlite/builds.hpp"

#include <array>

#include "store/sqlite/rows.hpp"

namespace carillon::store {
namespace {

// What is looked at when no builder is named; older builds are found by their builder.
constexpr std::int64_t recent_events = 20'000;

std::vector<KnownBuild> read_builds(Statement& find) {
  std::vector<KnownBuild> builds;
  while (find.step())
    builds.push_back(read_known_build(find));
  return builds;
}

}  // namespace

std::vector<std::string> builder_names(Database& db, const std::string& master) {
  std::vector<std::string> names;
  // One step of the index for each builder, however many builds it has.
  while (true) {
    Statement find = db.prepare(
        R"sql(
            SELECT builder FROM events WHERE source = ? AND builder > ? AND builder IS NOT NULL
            ORDER BY builder LIMIT 1)sql");
    if (!find.bind(master).bind(names.empty() ? std::string_view("") : std::string_view(names.back())).step())
      return names;
    names.push_back(find.text(0));
  }
}

// kinds 0 and 1: build_started, build_finished
std::vector<KnownBuild> known_builds(Database& db, const std::string& master, const BuildsQuery& query) {
  const auto limit = static_cast<std::int64_t>(query.limit);
  if (query.row) {
    Statement find = db.prepare(
        R"sql(
            SELECT id, kind, source, key, occurrence, at, body
            FROM events WHERE id = ? AND source = ? AND kind IN (0, 1))sql");
    find.bind(*query.row).bind(master);
    return read_builds(find);
  }
  if (query.posted_id) {
    // Two steps of an index: a key begins with the id, and '/' or ':' follows it.
    const std::string key = "builds/" + std::to_string(*query.posted_id);
    // With both in one WHERE, SQLite would read all keys of the source.
    Statement find = db.prepare(
        R"sql(
            SELECT id, kind, source, key, occurrence, at, body, attempt
            FROM events WHERE source = ?1 AND kind IN (0, 1) AND key > ?2 AND key < ?3
            UNION ALL SELECT id, kind, source, key, occurrence, at, body, attempt
            FROM events WHERE source = ?1 AND kind IN (0, 1) AND key > ?4 AND key < ?5
            ORDER BY attempt DESC, id DESC LIMIT ?6)sql");
    const std::array<std::string, 4> ends{key + "/", key + "0", key + ":", key + ";"};
    find.bind(master);
    for (const std::string& end : ends)
      find.bind(end);
    find.bind(limit);
    return read_builds(find);
  }
  if (query.builder && query.number) {
    Statement find = db.prepare(
        R"sql(
            SELECT id, kind, source, key, occurrence, at, body
            FROM events WHERE source = ? AND builder = ? AND builder IS NOT NULL AND number = ? AND kind
            IN (0, 1) ORDER BY attempt DESC, id DESC LIMIT ?)sql");
    find.bind(master).bind(*query.builder).bind(*query.number).bind(limit);
    return read_builds(find);
  }
  if (query.builder) {
    Statement find = db.prepare(
        R"sql(
            SELECT id, kind, source, key, occurrence, at, body
            FROM events WHERE source = ? AND builder = ? AND builder IS NOT NULL AND kind IN (0, 1)
            ORDER BY number DESC, attempt DESC, id DESC LIMIT ?)sql");
    find.bind(master).bind(*query.builder).bind(limit);
    return read_builds(find);
  }
  Statement find = db.prepare(
      R"sql(
          SELECT id, kind, source, key, occurrence, at, body
          FROM events WHERE id > max((SELECT max(id) FROM events) - ?, ?) AND source = ? AND kind IN (0,
          1) ORDER BY id DESC LIMIT ?)sql");
  find.bind(recent_events).bind(query.after).bind(master).bind(limit);
  return read_builds(find);
}

}  // namespace carillon::store
