// Forgetting, over a database with one event a second and a delivery of most of them.
#include "store/sqlite/pruning.hpp"

#include <gtest/gtest.h>

#include <set>

#include "fakes/temp_dir.hpp"
#include "store/sqlite/open_work.hpp"
#include "store/sqlite/rows.hpp"

namespace carillon::store {
namespace {

class PruningTest : public testing::Test {
 protected:
  // Returns the event's row; its time is the row's number.
  RowId event(EventKind kind, const std::string& builder, std::int64_t number,
              Results results = Results::success, const std::string& branch = "", std::int64_t bsid = 0,
              std::string key = "", std::int64_t attempt = 1) {
    ++row_;
    if (key.empty()) key = "builds/" + std::to_string(row_) + "/finished";
    db_.prepare(
           "INSERT INTO events (id, source, key, occurrence, kind, at, heard, builder, number, branch, "
           "results, "
           "bsid, attempt, decisions, body) VALUES (?1, 'ci', ?2, '', ?3, ?1, ?1, ?4, ?5, ?6, ?7, ?8, ?9, "
           "'[]', "
           "'{}')")
        .bind(row_)
        .bind(key)
        .bind(static_cast<std::int64_t>(kind))
        .bind(builder)
        .bind(number)
        .bind(branch)
        .bind(static_cast<std::int64_t>(results))
        .bind(bsid == 0 ? std::nullopt : std::optional<std::int64_t>(bsid))
        .bind(attempt)
        .run();
    return row_;
  }
  RowId finished(const std::string& builder, std::int64_t number, Results results = Results::success,
                 const std::string& branch = "") {
    return event(EventKind::build_finished, builder, number, results, branch);
  }
  RowId tried(std::int64_t number, std::int64_t attempt, const std::string& branch) {
    return event(EventKind::build_finished, "linux", number, Results::success, branch, 0, "", attempt);
  }
  RowId delivery(RowId of, DeliveryState state, const std::string& reporter = "r") {
    const std::string key = reporter + std::to_string(of);
    db_.prepare(
           "INSERT INTO deliveries (reporter, key, lane, status, rank, event, state, next_at, attempts, "
           "created, "
           "settled_at, target, summary, note, answer, settled) VALUES (?1, ?2, '', '', 0, ?3, ?4, 0, 1, ?3, "
           "?5, "
           "'', '', '', '', '[]')")
        .bind(reporter)
        .bind(key)
        .bind(of)
        .bind(static_cast<std::int64_t>(state))
        .bind(state == DeliveryState::waiting ? std::nullopt : std::optional<std::int64_t>(of))
        .run();
    const RowId id = db_.last_row();
    db_.prepare("INSERT INTO payloads (delivery, body) VALUES (?, 'x')").bind(id).run();
    db_.prepare("INSERT INTO attempts (delivery, at, state, answer) VALUES (?, 1, 0, 'x')").bind(id).run();
    return id;
  }
  void order(RowId of, const std::string& reporter = "r") {
    db_.prepare("INSERT INTO notifications (event, reporter) VALUES (?,?)").bind(of).bind(reporter).run();
  }
  Pruned prune(Millis before, std::size_t limit = 100) {
    PruneStep step;
    step.before = before;
    step.limit = limit;
    Pruned total;
    for (int steps = 0; !total.over && steps < 10'000; ++steps) {
      Pruned done = prune_step(db_, step);
      done.deliveries += total.deliveries;
      done.events += total.events;
      step = done.next;
      total = done;
    }
    EXPECT_TRUE(total.over);
    return total;
  }
  std::set<RowId> rows(const char* sql) {
    std::set<RowId> found;
    Statement find = db_.prepare(sql);
    while (find.step())
      found.insert(find.integer(0));
    return found;
  }
  std::set<RowId> events() { return rows("SELECT id FROM events"); }
  std::set<RowId> deliveries() { return rows("SELECT id FROM deliveries"); }

  test::TempDir dir_;
  Database db_{dir_.file("c.sqlite"), Database::Access::create};
  RowId row_ = 0;
};

using Set = std::set<RowId>;

TEST_F(PruningTest, OnlyWhatIsSettledAndOldGoes) {
  Set kept;
  for (const DeliveryState state :
       {DeliveryState::waiting, DeliveryState::delivered, DeliveryState::dead, DeliveryState::superseded,
        DeliveryState::dropped, DeliveryState::skipped}) {
    const RowId id = delivery(finished("linux", row_ + 1), state);
    if (state == DeliveryState::waiting || state == DeliveryState::dead) kept.insert(id);
  }
  kept.insert(delivery(finished("linux", 100), DeliveryState::delivered));
  const Pruned done = prune(7);
  EXPECT_EQ(done.deliveries, 4U);
  EXPECT_EQ(deliveries(), kept);
  EXPECT_EQ(rows("SELECT delivery FROM payloads"), kept);
  EXPECT_EQ(rows("SELECT delivery FROM attempts"), kept);
  EXPECT_EQ(events(), (Set{1, 3, 7})) << "those of the deliveries that are kept";
}

TEST_F(PruningTest, TheLastFinishedBuildOfEachBuilderAndBranchStays) {
  finished("linux", 1, Results::success, "main");
  const RowId on_branch = finished("linux", 2, Results::failure, "old-branch");
  const RowId last = finished("linux", 3, Results::success, "main");
  finished("linux", 4, Results::retry, "main");
  event(EventKind::build_started, "linux", 5, Results::success, "main");
  const RowId other = finished("mac", 1);
  const RowId newest = event(EventKind::worker_missing, "", 0);
  EXPECT_EQ(prune(1000).events, 3U);
  EXPECT_EQ(events(), (Set{on_branch, last, other, newest}));
  const auto before = [&](const char* builder, std::optional<std::string> branch) {
    return previous_build(db_, "ci", builder, branch, {1000})->event_row;
  };
  EXPECT_EQ(before("linux", std::nullopt), last);
  EXPECT_EQ(before("linux", "old-branch"), on_branch);
  EXPECT_EQ(before("mac", std::nullopt), other);
}

TEST_F(PruningTest, OfANumberTheLastTryStays) {
  const RowId of_branch = tried(4, 2, "dev");  // heard before the first one
  tried(4, 1, "dev");
  tried(5, 1, "main");
  const RowId last = tried(5, 3, "main");
  tried(5, 2, "main");
  const RowId newest = event(EventKind::worker_missing, "", 0);
  EXPECT_EQ(prune(1000).events, 3U);
  EXPECT_EQ(events(), (Set{of_branch, last, newest}));
}

TEST_F(PruningTest, OfTheTriesOfANumberStaysWhatAnOpenOrderComparesWith) {
  tried(5, 1, "main");
  const RowId before = tried(5, 2, "main");
  const RowId ordered = tried(5, 3, "main");
  order(ordered);
  const RowId newest = tried(5, 4, "main");
  EXPECT_EQ(prune(1000).events, 1U);
  EXPECT_EQ(events(), (Set{before, ordered, newest}));
}

TEST_F(PruningTest, OfABranchStaysWhatAnOpenOrderComparesWith) {
  finished("linux", 1, Results::success, "main");
  const RowId before = finished("linux", 2, Results::success, "main");
  const RowId other = finished("linux", 3, Results::success, "dev");
  const RowId ordered = finished("linux", 4, Results::success, "main");
  order(ordered);
  const RowId newest = finished("linux", 5, Results::success, "main");
  EXPECT_EQ(prune(1000).events, 1U);
  EXPECT_EQ(events(), (Set{before, other, ordered, newest}));
}

TEST_F(PruningTest, WhatAnOpenOrderNeedsStays) {
  finished("linux", 1);
  const RowId before = finished("linux", 2);
  const RowId of_set = event(EventKind::build_finished, "mac", 1, Results::success, "", 70);
  finished("mac", 2);
  const RowId ordered = finished("linux", 3);
  const RowId set =
      event(EventKind::buildset_complete, "", 0, Results::success, "", 0, "buildsets/70/complete");
  order(ordered, "gone");
  order(set, "gone");
  const RowId later = finished("linux", 4);
  EXPECT_EQ(prune(1000).events, 1U);
  EXPECT_EQ(events(), (Set{before, of_set, 4, ordered, set, later}));
  EXPECT_EQ(previous_build(db_, "ci", "linux", std::nullopt, {3})->event_row, before);
  drop_open_work(db_, "gone", 2000);
  EXPECT_EQ(prune(1500).deliveries, 0U) << "just dropped: they are young, and so their events stay";
  EXPECT_EQ(events(), (Set{4, ordered, set, later}));
  db_.execute("UPDATE deliveries SET settled_at = 10, created = 10");
  EXPECT_EQ(prune(3000).deliveries, 2U);
  EXPECT_EQ(events(), (Set{4, later}));
}

TEST_F(PruningTest, SmallStepsEndWhereLargeOnesDo) {
  db_.execute("BEGIN");
  for (int i = 1; i <= 500; ++i) {
    const RowId row = finished("b" + std::to_string(i % 7), i, Results::success, i % 3 == 0 ? "main" : "");
    if (i % 5 != 0) delivery(row, i % 11 == 0 ? DeliveryState::dead : DeliveryState::delivered);
    if (i % 2 == 0) delivery(row, DeliveryState::skipped, "other");
  }
  db_.execute("COMMIT");
  Set expected_events;
  for (const RowId id : events()) {
    if (id >= 300 || (id % 11 == 0 && id % 5 != 0)) expected_events.insert(id);
  }
  const Pruned done = prune(300, 3);
  EXPECT_EQ(events(), expected_events);
  EXPECT_GT(done.deliveries, 300U);
  EXPECT_EQ(prune(300).deliveries, 0U);
  EXPECT_EQ(prune(300).events, 0U);
}

TEST_F(PruningTest, OneStepIsSmall) {
  db_.execute("BEGIN");
  for (int i = 1; i <= 300; ++i)
    delivery(finished("linux", i), DeliveryState::delivered);
  db_.execute("COMMIT");
  PruneStep step;
  step.before = 1000;
  step.limit = 10;
  const Pruned done = prune_step(db_, step);
  EXPECT_FALSE(done.over);
  EXPECT_EQ(done.deliveries, 10U);
  EXPECT_EQ(done.events, 9U) << "not beyond the deliveries";
  EXPECT_EQ(deliveries().size(), 290U);
}

TEST_F(PruningTest, TheFileShrinks) {
  db_.execute("BEGIN");
  for (int i = 1; i <= 300; ++i) {
    const RowId id = delivery(finished("linux", i), DeliveryState::delivered);
    const std::string body(10'000, 'x');
    db_.prepare("UPDATE payloads SET body = ? WHERE delivery = ?").bind(body).bind(id).run();
  }
  db_.execute("COMMIT");
  const FileSize full = file_size(db_);
  const Pruned done = prune(1000);
  EXPECT_LT(done.size.used, full.used / 2);
  EXPECT_EQ(done.size.file, full.file);
  int steps = 0;
  while (give_back(db_))
    ++steps;
  EXPECT_GT(steps, 3);
  EXPECT_LT(file_size(db_).file, full.file / 2);
}

TEST_F(PruningTest, WhatIsDroppedIsExplained) {
  const RowId waits = delivery(finished("linux", 1), DeliveryState::waiting);
  const RowId dead = delivery(finished("linux", 2), DeliveryState::dead);
  const RowId other = delivery(finished("linux", 3), DeliveryState::waiting, "other");
  order(finished("linux", 4));
  order(finished("linux", 5), "other");
  EXPECT_TRUE(has_open_work(db_, "r"));
  const DroppedWork dropped = drop_open_work(db_, "r", 50);
  EXPECT_EQ(dropped.deliveries, 2U);
  EXPECT_EQ(dropped.notifications, 1U);
  EXPECT_FALSE(has_open_work(db_, "r"));
  EXPECT_TRUE(has_open_work(db_, "other"));
  for (const RowId id : {waits, dead})
    EXPECT_EQ(load_delivery(db_, id)->state, DeliveryState::dropped);
  EXPECT_EQ(load_delivery(db_, other)->state, DeliveryState::waiting);
  const Set of_order = rows("SELECT id FROM deliveries WHERE event = 4");
  ASSERT_EQ(of_order.size(), 1U);
  EXPECT_TRUE(is_unworded(load_delivery(db_, *of_order.begin())->delivery.key));
  const std::vector<OpenWork> open = read_open_work(db_);
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].reporter, "other");
  EXPECT_EQ(open[0].notifications, 1U);
  EXPECT_EQ(open[0].deliveries, 1U);
}

TEST_F(PruningTest, DeedsGoWithWhatTheyAreAbout) {
  for (std::int64_t number = 1; number <= 4; ++number)
    finished("linux", number);
  for (std::int64_t at = 1; at <= 4; ++at) {
    db_.prepare(
           "INSERT INTO audit (at, who, address, what, about, reason) VALUES (?, 'a', '', 'drop', '', '')")
        .bind(at)
        .run();
  }
  prune(3);
  Statement left = db_.prepare("SELECT min(at), count(*) FROM audit");
  ASSERT_TRUE(left.step());
  EXPECT_EQ(left.integer(0), 3);
  EXPECT_EQ(left.integer(1), 2);
}

}  // namespace
}  // namespace carillon::store
