// Pages of what is kept (store/lists.hpp): steps through an index, newest first, a bounded number of them.
#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "model/build.hpp"
#include "store/list_rows.hpp"
#include "store/reading.hpp"
#include "store/sqlite/builds.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/sqlite_ledger.hpp"

namespace carillon::store {
namespace {

// Deliveries that one page looks at.
constexpr std::size_t most_rows = 5'000;
// Of a builder, when its deliveries are asked for.
constexpr std::int64_t most_builds = 20'000;

bool has_ended(Database& db, const LightRow& start) {
  Statement end = db.prepare(
      R"sql(
          SELECT 1 FROM events WHERE source = ? AND builder = ? AND builder IS NOT NULL AND number = ? AND
          attempt = ? AND kind = 1 LIMIT 1)sql");
  return end.bind(start.source).bind(start.builder).bind(start.run.number).bind(start.run.attempt).step();
}

void read_body(Database& db, ListedBuild& build) {
  Statement whole = db.prepare("SELECT source, key, occurrence, at, body FROM events WHERE id = ?");
  if (whole.bind(build.row).step()) build.event = read_listed_event(whole, 0);
}

ListedBuild listed(Database& db, LightRow row) {
  ListedBuild build = without_body(std::move(row));
  read_body(db, build);
  return build;
}

// The rows of one builder come with their ends before their starts.
std::vector<ListedBuild> newest_of(Database& db, const std::string& source, const std::string& builder,
                                   std::size_t limit, Bodies bodies) {
  std::vector<ListedBuild> builds;
  {
    Statement find = db.prepare(
        R"sql(
            SELECT id, kind, source, builder, number, attempt, coalesce(branch, ''), results, heard, key, at
            FROM events WHERE source = ? AND builder = ? AND builder IS NOT NULL AND number IS NOT NULL AND
            kind IN (0, 1) ORDER BY number DESC, attempt DESC, kind DESC)sql");
    find.bind(source).bind(builder);
    while (builds.size() < limit && find.step()) {
      LightRow row = read_light_row(find);
      if (!builds.empty() && builds.back().run == row.run) continue;
      builds.push_back(without_body(std::move(row)));
      builds.back().event.key = find.text(9);
      builds.back().event.at = find.integer(10);
    }
  }
  if (bodies == Bodies::read) {
    for (ListedBuild& build : builds)
      read_body(db, build);
  }
  return builds;
}

}  // namespace

BuildsPage SqliteLedger::builds(const BuildsFilter& filter) {
  if (!filter.source.empty() && !filter.builder.empty()) return builds_of(filter);
  BuildsPage page;
  std::vector<LightRow> wanted;
  {
    Statement find = database_->prepare(
        R"sql(
            SELECT id, kind, source, builder, number, attempt, coalesce(branch, ''), results, heard
            FROM events WHERE id < ? ORDER BY id DESC)sql");
    find.bind(filter.before);
    for (std::size_t looked = 0; find.step(); ++looked) {
      if (wanted.size() == filter.limit || looked == filter.look_at) {
        page.next = find.integer(0) + 1;
        break;
      }
      LightRow row = read_light_row(find);
      if (row.heard < filter.since) break;  // it only ever grows, but for a clock that was put back
      // Here and not in SQL, so that each row that is looked at counts.
      if (!is_build(static_cast<EventKind>(find.integer(1))) || find.null(3) || find.null(4)) continue;
      if (is_wanted(filter, row) && (row.finished || !has_ended(*database_, row)))
        wanted.push_back(std::move(row));
    }
  }
  for (LightRow& row : wanted)
    page.builds.push_back(listed(*database_, std::move(row)));
  return page;
}

BuildsPage SqliteLedger::builds_of(const BuildsFilter& filter) {
  BuildsPage page;
  std::vector<LightRow> wanted;
  {
    Statement find = database_->prepare(
        R"sql(
            SELECT id, kind, source, builder, number, attempt, coalesce(branch, ''), results, heard
            FROM events WHERE source = ? AND builder = ? AND builder IS NOT NULL AND number < ? AND
            kind IN (0, 1) ORDER BY number DESC, attempt DESC, kind DESC)sql");
    find.bind(filter.source).bind(filter.builder).bind(filter.before);
    std::optional<RunNumber> last;
    for (std::size_t looked = 0; find.step(); ++looked) {
      LightRow row = read_light_row(find);
      if (last == row.run) continue;  // its start
      // All tries of a number stand on one page.
      if ((wanted.size() >= filter.limit || looked >= filter.look_at) && last &&
          last->number != row.run.number) {
        page.next = last->number;
        break;
      }
      last = row.run;
      if (is_wanted(filter, row)) wanted.push_back(std::move(row));
    }
  }
  for (LightRow& row : wanted)
    page.builds.push_back(listed(*database_, std::move(row)));
  return page;
}

std::vector<ListedBuilder> SqliteLedger::newest_builds(std::size_t of_each, std::size_t most, Bodies bodies,
                                                       const BuilderName& after) {
  std::vector<ListedBuilder> all;
  for (const std::string& source : sources()) {
    for (std::string& builder : builder_names(*database_, source)) {
      if (std::tie(source, builder) <= std::tie(after.source, after.builder)) continue;
      if (all.size() == most) return all;
      std::vector<ListedBuild> newest = newest_of(*database_, source, builder, of_each, bodies);
      all.push_back({source, std::move(builder), std::move(newest)});
    }
  }
  return all;
}

std::optional<RowId> SqliteLedger::waits_behind(RowId id) {
  Statement find = database_->prepare(
      R"sql(
          SELECT before.id FROM deliveries AS late JOIN deliveries AS before INDEXED BY deliveries_waiting
          ON before.reporter = late.reporter AND before.lane = late.lane AND before.id < late.id
          WHERE late.id = ? AND late.state = {waiting} AND before.state = {waiting}
          ORDER BY before.id LIMIT 1)sql");
  if (!find.bind(id).step()) return std::nullopt;
  return find.integer(0);
}

std::size_t SqliteLedger::dead_since(Millis then) {
  constexpr std::size_t most = 10'000;
  std::size_t count = 0;
  Statement find = database_->prepare(
      R"sql(
          SELECT settled_at FROM deliveries INDEXED BY deliveries_unsent
          WHERE state = {dead} AND state NOT IN (0, 1) ORDER BY id DESC LIMIT 10000)sql");
  while (count < most && find.step())
    count += find.integer(0) >= then ? 1 : 0;
  return count;
}

DeliveriesPage SqliteLedger::deliveries_before(const LedgerFilter& filter, std::int64_t before) {
  if (filter.builder) return deliveries_of_builder(filter, before);
  constexpr const char* all = R"sql(
      SELECT id, reporter, state, created, next_at, settled_at, attempts, key, target, summary, note, answer,
      settled, event FROM deliveries WHERE id < ? ORDER BY id DESC)sql";
  constexpr const char* waiting = R"sql(
      SELECT id, reporter, state, created, next_at, settled_at, attempts, key, target, summary, note, answer,
      settled, event FROM deliveries INDEXED BY deliveries_waiting
      WHERE id < ? AND state = {waiting} ORDER BY id DESC)sql";
  constexpr const char* unsent = R"sql(
      SELECT id, reporter, state, created, next_at, settled_at, attempts, key, target, summary, note, answer,
      settled, event FROM deliveries INDEXED BY deliveries_unsent
      WHERE id < ? AND state = ? AND state NOT IN (0, 1) ORDER BY id DESC)sql";
  const bool is_unsent =
      filter.state && *filter.state != DeliveryState::waiting && *filter.state != DeliveryState::delivered;
  Statement find = database_->prepare(is_unsent                                ? unsent
                                      : filter.state == DeliveryState::waiting ? waiting
                                                                               : all);
  find.bind(before);
  if (is_unsent) find.bind(static_cast<std::int64_t>(*filter.state));
  DeliveriesPage page;
  for (std::size_t looked = 0; find.step(); ++looked) {
    if (page.rows.size() == filter.limit || looked == most_rows) {
      page.next = find.integer(0) + 1;
      break;
    }
    // What costs nothing is looked at first.
    if (filter.reporter && find.text(1) != *filter.reporter) continue;
    if (filter.state && find.integer(2) != static_cast<std::int64_t>(*filter.state)) continue;
    if (filter.target && !has_part(find.text(8), *filter.target)) continue;
    LedgerRow row = read_ledger_row(*database_, find);
    if (is_wanted(filter, row)) page.rows.push_back(std::move(row));
  }
  return page;
}

DeliveriesPage SqliteLedger::deliveries_of_builder(const LedgerFilter& filter, std::int64_t before) {
  const auto events_of = [&](RowId below, std::size_t limit) {
    std::vector<RowId> events;
    for (const std::string& source : sources()) {
      Statement find = database_->prepare(
          R"sql(
              SELECT id FROM (SELECT id FROM events INDEXED BY events_build WHERE source = ? AND builder = ? AND
              builder IS NOT NULL ORDER BY number DESC, attempt DESC LIMIT ?)
              WHERE id < ? ORDER BY id DESC LIMIT ?)sql");
      find.bind(source).bind(*filter.builder).bind(most_builds);
      find.bind(below).bind(static_cast<std::int64_t>(limit));
      while (find.step())
        events.push_back(find.integer(0));
    }
    return events;
  };
  return page_of_events(filter, before, events_of, [&](RowId event) { return deliveries_of(event); });
}

}  // namespace carillon::store
