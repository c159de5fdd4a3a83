// Forgetting what is old, in small steps.
#include <chrono>
#include <limits>

#include "store/postgres/deeds.hpp"

namespace carillon::store::postgres {
namespace {

constexpr RowId no_row = std::numeric_limits<RowId>::max();

// Looks at the next rows. Rows are in the order they were made, so a batch that is young as a whole ends it.
void prune_deliveries(Connection& db, const PruneStep& step, Pruned& done) {
  Column old(Type::int8);
  std::size_t rows = 0;
  bool all_young = true;
  for (const Row row : db.query(
           R"sql(
               SELECT id, event, created, 1 << state & {settled} <> 0 AND coalesce(settled_at < $1, false)
               FROM deliveries WHERE id > $2 ORDER BY id LIMIT $3)sql",
           std::move(Parameters()
                         .add(step.before)
                         .add(step.delivery)
                         .add(static_cast<std::int64_t>(step.limit))))) {
    ++rows;
    done.next.delivery = row.integer(0);
    done.next.event_of_delivery = row.integer(1);
    all_young = all_young && row.integer(2) >= step.before;
    if (row.integer(3) != 0) old.add(row.integer(0));
  }
  if (old.size() > 0) {
    for (const char* sql : {"DELETE FROM attempts WHERE delivery = ANY ($1::bigint[])",
                            "DELETE FROM payloads WHERE delivery = ANY ($1::bigint[])",
                            "DELETE FROM files WHERE delivery = ANY ($1::bigint[])",
                            "DELETE FROM deliveries WHERE id = ANY ($1::bigint[])"})
      db.send(sql, std::move(Parameters().add(old)));
  }
  done.deliveries += old.size();
  done.next.deliveries_over = rows < step.limit || all_young;
}

// The event of the oldest open notification: that notification, and all that follow, may need what is known
// from there on, and of each builder the build before it.
RowId oldest_needed(Connection& db) {
  const Rows found = db.query("SELECT event FROM notifications ORDER BY id LIMIT 1");
  return found.empty() ? no_row : found.front().integer(0);
}

// Those that nothing needs: no delivery; not `previous`, which asks for the last finished build (kind 1, no
// retry: 5) of a builder and of its branch, by number and attempt; no buildset whose summary is not worded
// yet. How many.
std::size_t delete_events(Connection& db, const Column& ids, RowId needed_from) {
  return db
      .query(
          R"sql(
              DELETE FROM events AS e WHERE e.id = ANY ($1::bigint[]) AND NOT EXISTS (SELECT 1 FROM deliveries d
              WHERE d.event = e.id) AND (e.kind <> 1 OR e.results IS NULL OR e.results = 5 OR (EXISTS (SELECT 1
              FROM events l WHERE l.source = e.source AND l.builder = e.builder AND l.builder IS NOT NULL
              AND (l.number, l.attempt) > (e.number, e.attempt) AND l.kind = 1 AND l.results IS NOT NULL AND
              l.results <> 5 AND l.id < $2) AND (coalesce(e.branch, '') = '' OR (SELECT CASE WHEN (b.newest,
              b.attempt) <= (e.number, e.attempt) THEN false WHEN b.event < $2 THEN true ELSE EXISTS (SELECT 1
              FROM events l WHERE l.source = e.source AND l.builder = e.builder AND l.builder IS NOT NULL AND
              (l.number, l.attempt) > (e.number, e.attempt) AND (l.number, l.attempt) < (b.newest, b.attempt)
              AND l.branch = e.branch AND l.kind = 1 AND l.results IS NOT NULL AND l.results <> 5 AND l.id < $2)
              END FROM branches b WHERE b.source = e.source AND b.builder = e.builder AND
              b.branch = e.branch)))) AND (e.bsid IS NULL OR $2 = 9223372036854775807 OR NOT
              EXISTS (SELECT 1 FROM events s WHERE s.source = e.source AND (s.key = 'buildsets/' || e.bsid
              || '/complete' OR (s.key > 'buildsets/' || e.bsid || '@' AND s.key < 'buildsets/' || e.bsid ||
              'A')) AND s.id >= $2)))sql",
          std::move(Parameters().add(ids).add(needed_from)))
      .changed();
}

void prune_events(Connection& db, const PruneStep& step, Pruned& done) {
  const RowId needed_from = oldest_needed(db);
  const RowId upto = done.next.deliveries_over ? no_row : done.next.event_of_delivery;
  Column old(Type::int8);
  std::size_t rows = 0;
  bool end = false;
  for (const Row row :
       db.query("SELECT id, heard, id = (SELECT max(id) FROM events) FROM events WHERE id > $1 ORDER BY id "
                "LIMIT $2",
                std::move(Parameters().add(step.event).add(static_cast<std::int64_t>(step.limit))))) {
    const RowId id = row.integer(0);
    if (id >= upto) break;
    ++rows;
    // The newest one stays: where times begin is found by the rows that are there.
    end = row.integer(1) >= step.before || id >= needed_from || row.integer(2) != 0;
    if (end) break;
    done.next.event = id;
    old.add(id);
  }
  if (!end && rows < step.limit && done.next.deliveries_over) end = true;
  if (old.size() > 0) done.events += delete_events(db, old, needed_from);
  done.over = end && done.next.deliveries_over;
}

}  // namespace

Pruned prune_step(Connection& db, const PruneStep& step) {
  const auto begin = std::chrono::steady_clock::now();
  Pruned done;
  done.next = step;
  if (!step.deliveries_over) prune_deliveries(db, step, done);
  prune_events(db, step, done);
  // Deeds are kept as long as what they are about.
  if (done.over) {
    db.send("DELETE FROM audit WHERE at < $1 AND at < (SELECT heard FROM events ORDER BY id LIMIT 1)",
            of(step.before));
  }
  done.size = stored_size(db);
  done.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  return done;
}

FileSize stored_size(Connection& db) {
  FileSize size;
  size.file = db.query(R"sql(
      SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r')sql")
                  .front()
                  .integer(0);
  size.used = size.file;
  return size;
}

}  // namespace carillon::store::postgres
