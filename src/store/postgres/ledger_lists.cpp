// Pages of what is kept (store/lists.hpp): steps through an index, newest first, a bounded number of them.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "store/list_rows.hpp"
#include "store/postgres/postgres_ledger.hpp"
#include "store/postgres/reads.hpp"
#include "store/reading.hpp"

namespace carillon::store::postgres {
namespace {

// Deliveries that one page looks at.
constexpr std::size_t most_rows = 5'000;
// Of a builder, when its deliveries are asked for.
constexpr std::int64_t most_builds = 20'000;
// Rows of one answer, of which a page may need fewer.
constexpr int chunk = 250;

ListedBuild listed(LightRow row, std::map<RowId, Event>& events) {
  ListedBuild build = without_body(std::move(row));
  if (const auto event = events.find(build.row); event != events.end())
    build.event = std::move(event->second);
  return build;
}

std::map<RowId, Event> events_with(Connection& db, const Column& ids, Bodies bodies) {
  std::map<RowId, Event> events;
  if (ids.size() == 0) return events;
  if (bodies == Bodies::left_out) {
    for (const Row row : db.query("SELECT id, source, key, at FROM events WHERE id = ANY ($1::bigint[])",
                                  std::move(Parameters().add(ids)))) {
      Event& event = events[row.integer(0)];
      event.source = row.text(1);
      event.key = row.text(2);
      event.at = row.integer(3);
    }
    return events;
  }
  const auto add = [&](const Row& row) { events[row.integer(0)] = read_listed_event(row, 1); };
  for (const Row row : db.query(R"sql(
           SELECT id, source, key, occurrence, at, body FROM events
           WHERE id = ANY ($1::bigint[]) AND octet_length(body) <= 100000)sql",
                                std::move(Parameters().add(ids))))
    add(row);
  // Never two of them in memory.
  for (const Row large : db.query(R"sql(
           SELECT id FROM events WHERE id = ANY ($1::bigint[]) AND octet_length(body) > 100000)sql",
                                  std::move(Parameters().add(ids)))) {
    for (const Row row : db.query("SELECT id, source, key, occurrence, at, body FROM events WHERE id = $1",
                                  of(large.integer(0))))
      add(row);
  }
  return events;
}

std::vector<ListedBuild> listed_all(Connection& db, std::vector<LightRow> rows,
                                    Bodies bodies = Bodies::read) {
  Column ids(Type::int8);
  for (const LightRow& row : rows)
    ids.add(row.id);
  std::map<RowId, Event> events = events_with(db, ids, bodies);
  std::vector<ListedBuild> builds;
  for (LightRow& row : rows)
    builds.push_back(listed(std::move(row), events));
  return builds;
}

// The columns of read_ledger_rows(), of deliveries d and events e.
#define CARILLON_LEDGER_ROWS                                                                            \
  "SELECT d.id, d.reporter, d.state, d.created, d.next_at, d.settled_at, d.attempts, d.key, d.target, " \
  "d.summary, d.note, d.answer, d.settled, d.event, e.key, e.source, e.builder, e.number, e.attempt "   \
  "FROM deliveries d LEFT JOIN events e ON e.id = d.event "

#define CARILLON_LEDGER_STATE(state) \
  CARILLON_LEDGER_ROWS "WHERE d.id < $1 AND d.state = {" state "} ORDER BY d.id DESC LIMIT $2"
#define CARILLON_LEDGER_UNSENT(state) \
  CARILLON_LEDGER_ROWS                \
  "WHERE d.id < $1 AND d.state = {" state "} AND d.state NOT IN (0, 1) ORDER BY d.id DESC LIMIT $2"

// Each goes through the index that has its state.
const char* deliveries_below(std::optional<DeliveryState> state) {
  if (!state) return CARILLON_LEDGER_ROWS "WHERE d.id < $1 ORDER BY d.id DESC LIMIT $2";
  switch (*state) {
    case DeliveryState::waiting:
      return CARILLON_LEDGER_STATE("waiting");
    case DeliveryState::delivered:
      return CARILLON_LEDGER_STATE("delivered");
    case DeliveryState::dead:
      return CARILLON_LEDGER_UNSENT("dead");
    case DeliveryState::superseded:
      return CARILLON_LEDGER_UNSENT("superseded");
    case DeliveryState::dropped:
      return CARILLON_LEDGER_UNSENT("dropped");
    case DeliveryState::skipped:
      return CARILLON_LEDGER_UNSENT("skipped");
  }
  throw std::logic_error("a state that no delivery has");
}

// With what they are about and their files; columns of CARILLON_LEDGER_ROWS.
std::vector<LedgerRow> read_ledger_rows(Connection& db, const Rows& rows) {
  std::vector<LedgerRow> all;
  Column ids(Type::int8);
  for (const Row row : rows) {
    all.push_back(read_delivery(row));
    if (!row.null(14)) read_about(row, 14, all.back());
    ids.add(all.back().id);
  }
  if (all.empty()) return all;
  std::map<RowId, std::vector<PayloadFile>> files;
  for (const Row row : db.query(
           R"sql(
               SELECT at, name, size, escaped, most, label, delivery FROM files
               WHERE delivery = ANY ($1::bigint[]) ORDER BY id)sql",
           std::move(Parameters().add(ids))))
    files[row.integer(6)].push_back(read_payload_file(row));
  for (LedgerRow& row : all)
    row.files = std::move(files[row.id]);
  return all;
}

}  // namespace

std::optional<LedgerRow> ledger_row(Connection& db, RowId id) {
  auto rows = read_ledger_rows(db, db.query(CARILLON_LEDGER_ROWS "WHERE d.id = $1", of(id)));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

std::vector<LedgerRow> rows_of_event(Connection& db, RowId event) {
  return read_ledger_rows(db, db.query(CARILLON_LEDGER_ROWS "WHERE d.event = $1 ORDER BY d.id", of(event)));
}

std::vector<LedgerRow> PostgresLedger::deliveries(const LedgerFilter& filter) {
  return read([&](Connection& db) {
    Parameters all;
    all.add(filter.state ? std::optional<std::int64_t>(static_cast<int>(*filter.state)) : std::nullopt);
    all.key(filter.reporter.value_or("")).add(static_cast<std::int64_t>(filter.limit));
    all.key(filter.builder.value_or("")).text(filter.target.value_or("")).add(filter.since);
    std::vector<LedgerRow> rows = read_ledger_rows(
        db,
        db.query(CARILLON_LEDGER_ROWS
                 "WHERE ($1::bigint IS NULL OR d.state = $1) AND ($2 = '' OR d.reporter = $2) AND "
                 "($4 = '' OR e.builder = $4) AND ($5 = '' OR strpos(lower(d.target), lower($5)) > 0) AND "
                 "(d.created >= $6 OR d.settled_at >= $6) ORDER BY d.id DESC LIMIT $3",
                 all));
    std::ranges::reverse(rows);
    return rows;
  });
}

std::optional<LedgerRow> PostgresLedger::delivery(RowId id) {
  return read([&](Connection& db) { return ledger_row(db, id); });
}

std::optional<StoredDelivery> PostgresLedger::stored(RowId id) {
  return read([&](Connection& db) { return load_delivery(db, id); });
}

std::vector<LedgerRow> PostgresLedger::deliveries_of(RowId event_row) {
  return read([&](Connection& db) { return rows_of_event(db, event_row); });
}

std::vector<LedgerAttempt> PostgresLedger::attempts(RowId id) {
  return read([&](Connection& db) {
    std::vector<LedgerAttempt> attempts;
    for (const Row row :
         db.query("SELECT at, state, answer FROM attempts WHERE delivery = $1 ORDER BY at, id", of(id)))
      attempts.push_back(read_attempt(row));
    return attempts;
  });
}

BuildsPage PostgresLedger::builds(const BuildsFilter& filter) {
  return read([&](Connection& db) {
    if (!filter.source.empty() && !filter.builder.empty()) return builds_of(db, filter);
    BuildsPage page;
    std::vector<LightRow> wanted;
    std::size_t looked = 0;
    std::int64_t before = filter.before;
    for (bool over = false; !over;) {
      const Rows rows = db.query(
          R"sql(
              SELECT s.id, s.kind, s.source, s.builder, s.number, s.attempt, coalesce(s.branch, ''), s.results,
              s.heard, s.kind = 0 AND EXISTS (SELECT 1 FROM events e WHERE e.source = s.source AND
              e.builder = s.builder AND e.builder IS NOT NULL AND e.number = s.number AND
              e.attempt = s.attempt AND e.kind = 1)
              FROM events s WHERE s.id < $1 AND s.kind IN (0, 1) AND s.builder IS NOT NULL AND
              s.number IS NOT NULL ORDER BY s.id DESC LIMIT $2)sql",
          std::move(Parameters().add(before).add(std::int64_t{chunk})));
      over = rows.size() < chunk;
      for (const Row row : rows) {
        if (wanted.size() == filter.limit || looked == filter.look_at) {
          page.next = row.integer(0) + 1;
          over = true;
          break;
        }
        ++looked;
        LightRow light = read_light_row(row);
        before = light.id;
        over = over || light.heard < filter.since;  // it only ever grows, but for a clock that was put back
        if (light.heard < filter.since) break;
        if (is_wanted(filter, light) && row.integer(9) == 0) wanted.push_back(std::move(light));
      }
    }
    page.builds = listed_all(db, std::move(wanted));
    return page;
  });
}

BuildsPage PostgresLedger::builds_of(Connection& db, const BuildsFilter& filter) {
  BuildsPage page;
  std::vector<LightRow> wanted;
  std::optional<RunNumber> last;
  std::size_t looked = 0;
  // Behind this one.
  std::int64_t number = filter.before;
  std::int64_t attempt = std::numeric_limits<std::int64_t>::min();
  std::int64_t kind = 0;
  for (bool over = false; !over;) {
    const Rows rows = db.query(
        R"sql(
            SELECT id, kind, source, builder, number, attempt, coalesce(branch, ''), results, heard
            FROM events WHERE source = $1 AND builder = $2 AND builder IS NOT NULL AND
            (number, attempt, kind) < ($3, $4, $5) AND kind IN (0, 1)
            ORDER BY number DESC, attempt DESC, kind DESC LIMIT $6)sql",
        std::move(Parameters()
                      .key(filter.source)
                      .key(filter.builder)
                      .add(number)
                      .add(attempt)
                      .add(kind)
                      .add(std::int64_t{chunk})));
    over = rows.size() < chunk;
    for (const Row row : rows) {
      LightRow light = read_light_row(row);
      number = light.run.number;
      attempt = light.run.attempt;
      kind = row.integer(1);
      ++looked;
      if (last == light.run) continue;  // its start
      // All tries of a number stand on one page.
      if ((wanted.size() >= filter.limit || looked > filter.look_at) && last &&
          last->number != light.run.number) {
        page.next = last->number;
        over = true;
        break;
      }
      last = light.run;
      if (is_wanted(filter, light)) wanted.push_back(std::move(light));
    }
  }
  page.builds = listed_all(db, std::move(wanted));
  return page;
}

std::vector<ListedBuilder> PostgresLedger::newest_builds(std::size_t of_each, std::size_t most, Bodies bodies,
                                                         const BuilderName& after) {
  return read([&](Connection& db) {
    std::vector<ListedBuilder> all;
    for (const std::string& source : source_names(db)) {
      Column builders(Type::text);
      for (std::string& builder : builder_names(db, source)) {
        if (std::tie(source, builder) <= std::tie(after.source, after.builder)) continue;
        if (all.size() == most) break;
        builders.add(std::string_view(builder));
        all.push_back({source, std::move(builder), {}});
      }
      if (builders.size() == 0) continue;
      std::vector<LightRow> rows;
      for (const Row row : db.query(
               R"sql(
                   SELECT n.* FROM unnest($2::text[]) WITH ORDINALITY AS b (builder, place)
                   CROSS JOIN LATERAL (SELECT DISTINCT ON (e.number, e.attempt) e.id, e.kind, e.source, e.builder,
                   e.number, e.attempt, coalesce(e.branch, '') AS branch, e.results, e.heard FROM events e
                   WHERE e.source = $1 AND e.builder = b.builder AND e.builder IS NOT NULL AND
                   e.number IS NOT NULL AND e.kind IN (0, 1)
                   ORDER BY e.number DESC, e.attempt DESC, e.kind DESC LIMIT $3) n
                   ORDER BY b.place, n.number DESC, n.attempt DESC)sql",
               std::move(Parameters().key(source).add(builders).add(static_cast<std::int64_t>(of_each)))))
        rows.push_back(read_light_row(row));
      auto builder = std::ranges::find(all, source, &ListedBuilder::source);
      for (ListedBuild& build : listed_all(db, std::move(rows), bodies)) {
        while (builder->builder != build.builder)
          ++builder;
        builder->newest.push_back(std::move(build));
      }
    }
    return all;
  });
}

std::size_t PostgresLedger::dead_since(Millis then) {
  return read([&](Connection& db) {
    return static_cast<std::size_t>(db.query(
                                          R"sql(
                  SELECT count(*) FILTER (WHERE settled_at >= $1) FROM (SELECT settled_at FROM deliveries
                  WHERE state = {dead} AND state NOT IN (0, 1) ORDER BY id DESC LIMIT 10000) newest)sql",
                                          of(then))
                                        .front()
                                        .integer(0));
  });
}

DeliveriesPage PostgresLedger::deliveries_before(const LedgerFilter& filter, std::int64_t before) {
  return read([&](Connection& db) {
    if (filter.builder) return deliveries_of_builder(db, filter, before);
    DeliveriesPage page;
    std::size_t looked = 0;
    for (std::int64_t below = before;;) {
      const Rows found = db.query(deliveries_below(filter.state),
                                  std::move(Parameters().add(below).add(std::int64_t{chunk})));
      for (LedgerRow& row : read_ledger_rows(db, found)) {
        if (page.rows.size() == filter.limit || looked == most_rows) {
          page.next = row.id + 1;
          return page;
        }
        ++looked;
        below = row.id;
        if (is_wanted(filter, row)) page.rows.push_back(std::move(row));
      }
      if (found.size() < chunk) return page;
    }
  });
}

DeliveriesPage PostgresLedger::deliveries_of_builder(Connection& db, const LedgerFilter& filter,
                                                     std::int64_t before) {
  const auto events_of = [&](RowId below, std::size_t limit) {
    std::vector<RowId> events;
    for (const std::string& source : source_names(db)) {
      for (const Row row : db.query(
               R"sql(
                   SELECT id FROM (SELECT id FROM events WHERE source = $1 AND builder = $2 AND
                   builder IS NOT NULL ORDER BY number DESC NULLS LAST, attempt DESC LIMIT $3) AS newest
                   WHERE id < $4 ORDER BY id DESC LIMIT $5)sql",
               std::move(Parameters()
                             .key(source)
                             .key(*filter.builder)
                             .add(most_builds)
                             .add(below)
                             .add(static_cast<std::int64_t>(limit)))))
        events.push_back(row.integer(0));
    }
    return events;
  };
  return page_of_events(filter, before, events_of, [&](RowId event) { return rows_of_event(db, event); });
}

}  // namespace carillon::store::postgres
