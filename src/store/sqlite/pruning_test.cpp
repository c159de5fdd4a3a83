// A database of SQLite's gives back what was forgotten.
#include "store/sqlite/pruning.hpp"

#include <gtest/gtest.h>

#include "fakes/temp_dir.hpp"

namespace carillon::store {
namespace {

TEST(SqlitePruning, TheFileShrinks) {
  const test::TempDir dir;
  Database db(dir.file("c.sqlite"), Database::Access::create);
  db.execute("BEGIN");
  for (std::int64_t i = 1; i <= 300; ++i) {
    db.prepare(
          "INSERT INTO events (id, source, key, occurrence, kind, at, heard, decisions, body) VALUES "
          "(?1, 'ci', 'builds/' || ?1 || '/finished', '', 1, ?1, ?1, '[]', '{}')")
        .bind(i)
        .run();
    db.prepare(
          "INSERT INTO deliveries (id, reporter, key, lane, status, rank, event, state, next_at, attempts, "
          "created, "
          "settled_at, target, summary, note, answer, settled) VALUES (?1, 'r', 'r' || ?1, '', '', 0, ?1, "
          "{delivered}, 0, 1, ?1, ?1, '', '', '', '', '[]')")
        .bind(i)
        .run();
    const std::string body(10'000, 'x');
    db.prepare("INSERT INTO payloads (delivery, body) VALUES (?, ?)").bind(i).bind(body).run();
  }
  db.execute("COMMIT");
  const FileSize full = file_size(db);
  PruneStep step;
  step.before = 1000;
  Pruned done;
  for (; !done.over; step = done.next)
    done = prune_step(db, step);
  EXPECT_LT(done.size.used, full.used / 2);
  EXPECT_EQ(done.size.file, full.file);
  int steps = 0;
  while (give_back(db))
    ++steps;
  EXPECT_GT(steps, 3);
  EXPECT_LT(file_size(db).file, full.file / 2);
}

}  // namespace
}  // namespace carillon::store
