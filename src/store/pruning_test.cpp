// What every store promises of forgetting, over one event a second and a delivery of most of them.
#include <set>

#include "store/reading.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store {
namespace {

class PruningTest : public StoreTest {
 protected:
  // Returns the event's row; its time is the row's number.
  RowId event(EventKind kind, const std::string& builder, std::int64_t number,
              Results results = Results::success, const std::string& branch = "", std::int64_t bsid = 0,
              std::string key = "", std::int64_t attempt = 1) {
    const std::string row = std::to_string(++row_);
    if (key.empty()) key = "builds/" + row + "/finished";
    event_values_.push_back(
        "(" + row + ", 'ci', '" + key + "', '', " + std::to_string(static_cast<int>(kind)) + ", " + row +
        ", " + row + ", '" + builder + "', " + std::to_string(number) + ", '" + branch + "', " +
        std::to_string(static_cast<int>(results)) + ", " + (bsid == 0 ? "NULL" : std::to_string(bsid)) +
        ", " + std::to_string(attempt) + ", '', '[]', '{}')");
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
    const std::string row = std::to_string(++delivery_);
    const std::string event_row = std::to_string(of);
    delivery_values_.push_back(
        "(" + row + ", '" + reporter + "', '" + reporter + event_row + "', '', '', 0, " + event_row + ", " +
        std::to_string(static_cast<int>(state)) + ", 0, 1, " + event_row + ", " +
        (state == DeliveryState::waiting ? "NULL" : event_row) + ", '', '', '', '', '[]')");
    payload_values_.push_back("(" + row + ", 'x')");
    attempt_values_.push_back("(" + row + ", 1, 0, 'x')");
    return delivery_;
  }
  void order(RowId of, const std::string& reporter = "r") {
    order_values_.push_back("(" + std::to_string(of) + ", '" + reporter + "')");
  }
  // What was made so far is stored.
  void write() {
    insert(
        "events (id, source, key, occurrence, kind, at, heard, builder, number, branch, results, bsid, "
        "attempt, untold, decisions, body)",
        event_values_);
    insert(
        "deliveries (id, reporter, key, lane, status, rank, event, state, next_at, attempts, created, "
        "settled_at, target, summary, note, answer, settled)",
        delivery_values_);
    insert("payloads (delivery, body)", payload_values_);
    insert("attempts (delivery, at, state, answer)", attempt_values_);
    insert("notifications (event, reporter)", order_values_);
  }
  Pruned prune_once(const PruneStep& step) {
    write();
    return run(io_, store_->prune(step)).value();
  }
  Pruned prune(Millis before, std::size_t limit = 100) {
    PruneStep step;
    step.before = before;
    step.limit = limit;
    Pruned total;
    for (int steps = 0; !total.over && steps < 10'000; ++steps) {
      Pruned done = prune_once(step);
      done.deliveries += total.deliveries;
      done.events += total.events;
      step = done.next;
      total = done;
    }
    EXPECT_TRUE(total.over);
    return total;
  }
  std::set<RowId> rows(const std::string& statement) {
    write();
    const auto found = sql(statement);
    return {found.begin(), found.end()};
  }
  std::set<RowId> events() { return rows("SELECT id FROM events"); }
  std::set<RowId> deliveries() { return rows("SELECT id FROM deliveries"); }
  RowId previous(const char* builder, std::optional<std::string> branch, std::int64_t before) {
    return run(io_, store_->previous("ci", builder, std::move(branch), {before})).value()->event_row;
  }

  RowId row_ = 0;
  RowId delivery_ = 0;

 private:
  void insert(const std::string& into, std::vector<std::string>& values) {
    if (values.empty()) return;
    std::string list;
    for (const std::string& one : values)
      list += (list.empty() ? "" : ", ") + one;
    values.clear();
    sql("INSERT INTO " + into + " VALUES " + list);
  }

  std::vector<std::string> event_values_, delivery_values_, payload_values_, attempt_values_, order_values_;
};

INSTANTIATE_TEST_SUITE_P(Stores, PruningTest, testing::ValuesIn(store_kinds()),
                         [](const auto& info) { return info.param.name; });

using Set = std::set<RowId>;

TEST_P(PruningTest, OnlyWhatIsSettledAndOldGoes) {
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

TEST_P(PruningTest, TheLastFinishedBuildOfEachBuilderAndBranchStays) {
  finished("linux", 1, Results::success, "main");
  const RowId on_branch = finished("linux", 2, Results::failure, "old-branch");
  const RowId last = finished("linux", 3, Results::success, "main");
  finished("linux", 4, Results::retry, "main");
  event(EventKind::build_started, "linux", 5, Results::success, "main");
  const RowId other = finished("mac", 1);
  const RowId newest = event(EventKind::worker_missing, "", 0);
  EXPECT_EQ(prune(1000).events, 3U);
  EXPECT_EQ(events(), (Set{on_branch, last, other, newest}));
  EXPECT_EQ(previous("linux", std::nullopt, 1000), last);
  EXPECT_EQ(previous("linux", "old-branch", 1000), on_branch);
  EXPECT_EQ(previous("mac", std::nullopt, 1000), other);
}

TEST_P(PruningTest, OfANumberTheLastTryStays) {
  const RowId of_branch = tried(4, 2, "dev");  // heard before the first one
  tried(4, 1, "dev");
  tried(5, 1, "main");
  const RowId last = tried(5, 3, "main");
  tried(5, 2, "main");
  const RowId newest = event(EventKind::worker_missing, "", 0);
  EXPECT_EQ(prune(1000).events, 3U);
  EXPECT_EQ(events(), (Set{of_branch, last, newest}));
}

TEST_P(PruningTest, OfTheTriesOfANumberStaysWhatAnOpenOrderComparesWith) {
  tried(5, 1, "main");
  const RowId before = tried(5, 2, "main");
  const RowId ordered = tried(5, 3, "main");
  order(ordered);
  const RowId newest = tried(5, 4, "main");
  EXPECT_EQ(prune(1000).events, 1U);
  EXPECT_EQ(events(), (Set{before, ordered, newest}));
}

TEST_P(PruningTest, OfABranchStaysWhatAnOpenOrderComparesWith) {
  finished("linux", 1, Results::success, "main");
  const RowId before = finished("linux", 2, Results::success, "main");
  const RowId other = finished("linux", 3, Results::success, "dev");
  const RowId ordered = finished("linux", 4, Results::success, "main");
  order(ordered);
  const RowId newest = finished("linux", 5, Results::success, "main");
  EXPECT_EQ(prune(1000).events, 1U);
  EXPECT_EQ(events(), (Set{before, other, ordered, newest}));
}

TEST_P(PruningTest, WhatAnOpenOrderNeedsStays) {
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
  EXPECT_EQ(previous("linux", std::nullopt, 3), before);
  EXPECT_EQ(ledger()->drop_all_of("gone", 2000).notifications, 2U);
  EXPECT_EQ(prune(1500).deliveries, 0U) << "just dropped: they are young, and so their events stay";
  EXPECT_EQ(events(), (Set{4, ordered, set, later}));
  sql("UPDATE deliveries SET settled_at = 10, created = 10");
  EXPECT_EQ(prune(3000).deliveries, 2U);
  EXPECT_EQ(events(), (Set{4, later}));
}

TEST_P(PruningTest, SmallStepsEndWhereLargeOnesDo) {
  for (int i = 1; i <= 500; ++i) {
    const RowId row = finished("b" + std::to_string(i % 7), i, Results::success, i % 3 == 0 ? "main" : "");
    if (i % 5 != 0) delivery(row, i % 11 == 0 ? DeliveryState::dead : DeliveryState::delivered);
    if (i % 2 == 0) delivery(row, DeliveryState::skipped, "other");
  }
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

TEST_P(PruningTest, OneStepIsSmall) {
  for (int i = 1; i <= 300; ++i)
    delivery(finished("linux", i), DeliveryState::delivered);
  PruneStep step;
  step.before = 1000;
  step.limit = 10;
  const Pruned done = prune_once(step);
  EXPECT_FALSE(done.over);
  EXPECT_EQ(done.deliveries, 10U);
  EXPECT_EQ(done.events, 9U) << "not beyond the deliveries";
  EXPECT_EQ(deliveries().size(), 290U);
}

TEST_P(PruningTest, WhatIsDroppedIsExplained) {
  const RowId waits = delivery(finished("linux", 1), DeliveryState::waiting);
  const RowId dead = delivery(finished("linux", 2), DeliveryState::dead);
  const RowId other = delivery(finished("linux", 3), DeliveryState::waiting, "other");
  order(finished("linux", 4));
  order(finished("linux", 5), "other");
  write();
  const auto has_open_work = [this](const char* reporter) {
    return run(io_, store_->has_open_work(reporter)).value();
  };
  EXPECT_TRUE(has_open_work("r"));
  const DroppedWork dropped = ledger()->drop_all_of("r", 50);
  EXPECT_EQ(dropped.deliveries, 2U);
  EXPECT_EQ(dropped.notifications, 1U);
  EXPECT_FALSE(has_open_work("r"));
  EXPECT_TRUE(has_open_work("other"));
  for (const RowId id : {waits, dead})
    EXPECT_EQ(load(id).state, DeliveryState::dropped);
  EXPECT_EQ(load(other).state, DeliveryState::waiting);
  const std::set<RowId> of_order = rows("SELECT id FROM deliveries WHERE event = 4");
  ASSERT_EQ(of_order.size(), 1U);
  EXPECT_TRUE(is_unworded(load(*of_order.begin()).delivery.key));
  const std::vector<OpenWork> open = run(io_, store_->open_work()).value();
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].reporter, "other");
  EXPECT_EQ(open[0].notifications, 1U);
  EXPECT_EQ(open[0].deliveries, 1U);
}

TEST_P(PruningTest, DeedsGoWithWhatTheyAreAbout) {
  for (std::int64_t number = 1; number <= 4; ++number)
    finished("linux", number);
  const auto people = ledger();
  for (std::int64_t at = 1; at <= 4; ++at)
    people->note({0, at, "a", "", "drop", "", ""});
  prune(3);
  const auto left = people->deeds(100, 100);
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left.back().at, 3);
}

}  // namespace
}  // namespace carillon::store
