#include "store/sqlite/pruning.hpp"

#include <chrono>
#include <limits>
#include <string>

#include "store/sqlite/files.hpp"

namespace carillon::store {
namespace {

constexpr RowId no_row = std::numeric_limits<RowId>::max();

std::int64_t pragma(Database& db, const char* sql) {
  Statement find = db.prepare(sql);
  return find.step() ? find.integer(0) : 0;
}

void delete_delivery(Database& db, RowId id) {
  db.prepare("DELETE FROM attempts WHERE delivery = ?").bind(id).run();
  db.prepare("DELETE FROM payloads WHERE delivery = ?").bind(id).run();
  delete_files(db, id);
  db.prepare("DELETE FROM deliveries WHERE id = ?").bind(id).run();
}

// Looks at the next rows. Rows are in the order they were made, so a batch that is young as a whole ends it.
void prune_deliveries(Database& db, const PruneStep& step, Pruned& done) {
  std::vector<RowId> old;
  std::size_t rows = 0;
  bool all_young = true;
  {
    // Neither waiting (0) nor dead (2): those are not delivered.
    Statement find = db.prepare(
        R"sql(
            SELECT id, event, created, 1 << state & {settled} AND settled_at < ?1
            FROM deliveries WHERE id > ?2 ORDER BY id LIMIT ?3)sql");
    find.bind(step.before).bind(step.delivery).bind(static_cast<std::int64_t>(step.limit));
    while (find.step()) {
      ++rows;
      done.next.delivery = find.integer(0);
      done.next.event_of_delivery = find.integer(1);
      all_young = all_young && find.integer(2) >= step.before;
      if (find.integer(3) != 0) old.push_back(find.integer(0));
    }
  }
  for (const RowId id : old)
    delete_delivery(db, id);
  done.deliveries += old.size();
  done.next.deliveries_over = rows < step.limit || all_young;
}

// The event of the oldest open notification: that notification, and all that follow, may need what is known
// from there on, and of each builder the build before it.
RowId oldest_needed(Database& db) {
  Statement find = db.prepare("SELECT event FROM notifications ORDER BY id LIMIT 1");
  return find.step() ? find.integer(0) : no_row;
}

// Deletes the event unless something needs it: a delivery; `previous`, which asks for the last finished build
// (kind 1, no retry: 5) of a builder and of its branch, by number and attempt; a buildset whose summary is
// not worded yet.
bool delete_event(Database& db, RowId id, RowId needed_from) {
  Statement remove = db.prepare(
      R"sql(
          DELETE FROM events AS e WHERE e.id = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE
          d.event = e.id) AND (e.kind <> 1 OR e.results IS NULL OR e.results = 5 OR ( EXISTS (SELECT 1
          FROM events l WHERE l.source = e.source AND l.builder = e.builder AND l.builder IS NOT NULL
          AND (l.number, l.attempt) > (e.number, e.attempt) AND l.kind = 1 AND l.results IS NOT NULL AND
          l.results <> 5 AND l.id < ?2) AND (coalesce(e.branch, '') = '' OR (SELECT CASE WHEN (b.newest,
          b.attempt) <= (e.number, e.attempt) THEN 0 WHEN b.event < ?2 THEN 1 ELSE EXISTS (SELECT 1 FROM
          events l INDEXED BY events_build WHERE l.source = e.source AND l.builder = e.builder AND
          l.builder IS NOT NULL AND (l.number, l.attempt) > (e.number, e.attempt) AND (l.number,
          l.attempt) < (b.newest, b.attempt) AND l.branch = e.branch AND l.kind = 1 AND l.results IS NOT
          NULL AND
          l.results <> 5 AND l.id < ?2) END FROM branches b WHERE b.source = e.source AND b.builder =
          e.builder AND b.branch = e.branch)))) AND (e.bsid IS NULL OR ?2 = 9223372036854775807 OR NOT
          (EXISTS (SELECT 1 FROM events s WHERE s.source = e.source AND s.key = 'buildsets/' || e.bsid ||
          '/complete' AND s.id >= ?2) OR EXISTS (SELECT 1 FROM events s WHERE s.source = e.source AND
          s.key > 'buildsets/' || e.bsid || '@' AND s.key < 'buildsets/' || e.bsid || 'A' AND s.id >= ?2)))
          )sql");
  remove.bind(id).bind(needed_from).run();
  return db.changes() > 0;
}

void prune_events(Database& db, const PruneStep& step, Pruned& done) {
  const RowId needed_from = oldest_needed(db);
  const RowId upto = done.next.deliveries_over ? no_row : done.next.event_of_delivery;
  const RowId newest = pragma(db, "SELECT max(id) FROM events");  // stays, so that no row gets its number
  std::vector<RowId> old;
  std::size_t rows = 0;
  bool end = false;
  {
    Statement find = db.prepare("SELECT id, heard FROM events WHERE id > ? ORDER BY id LIMIT ?");
    find.bind(step.event).bind(static_cast<std::int64_t>(step.limit));
    while (!end && find.step()) {
      const RowId id = find.integer(0);
      if (id >= upto) break;
      ++rows;
      end = find.integer(1) >= step.before || id >= needed_from || id == newest;
      if (end) break;
      done.next.event = id;
      old.push_back(id);
    }
    if (!end && rows < step.limit && done.next.deliveries_over) end = true;
  }
  for (const RowId id : old)
    done.events += delete_event(db, id, needed_from) ? 1 : 0;
  done.over = end && done.next.deliveries_over;
}

// Deeds are kept as long as what they are about.
void prune_audit(Database& db, Millis before) {
  db.prepare("DELETE FROM audit WHERE at < ?1 AND at < (SELECT heard FROM events ORDER BY id LIMIT 1)")
      .bind(before)
      .run();
}

}  // namespace

Pruned prune_step(Database& db, const PruneStep& step) {
  const auto begin = std::chrono::steady_clock::now();
  Pruned done;
  done.next = step;
  if (!step.deliveries_over) prune_deliveries(db, step, done);
  prune_events(db, step, done);
  if (done.over) prune_audit(db, step.before);
  done.size = file_size(db);
  done.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  return done;
}

FileSize file_size(Database& db) {
  FileSize size;
  const std::int64_t page = pragma(db, "PRAGMA page_size");
  size.free_pages = static_cast<std::size_t>(pragma(db, "PRAGMA freelist_count"));
  size.pages = static_cast<std::size_t>(pragma(db, "PRAGMA page_count"));
  size.used = static_cast<std::int64_t>(size.pages - size.free_pages) * page;
  size.file = static_cast<std::int64_t>(size.pages) * page;
  return size;
}

bool give_back(Database& db) {
  constexpr std::int64_t incremental = 2;
  if (pragma(db, "PRAGMA auto_vacuum") != incremental || pragma(db, "PRAGMA freelist_count") == 0)
    return false;
  db.execute("PRAGMA incremental_vacuum(64)");
  return true;
}

}  // namespace carillon::store
