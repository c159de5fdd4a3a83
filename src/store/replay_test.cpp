// What every store promises of reporting again.
#include "model/replay_mark.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store {
namespace {

constexpr std::int64_t replay = 1'700'000'000'000;

class ReplayTest : public StoreTest {
 protected:
  // heard at that time
  Notification accept(int number, Millis heard) {
    Event event;
    event.source = "ci";
    event.key = "builds/" + std::to_string(number) + "/finished";
    event.body = json::object{{"builder", json::object{{"name", "linux"}}}, {"number", number}};
    NewEvent made;
    made.kind = EventKind::build_finished;
    made.facts = facts_of(event.body);
    event.text = std::make_shared<const ObjectText>(event.body);
    made.event = std::make_shared<const Event>(std::move(event));
    made.decisions.push_back({"mail", {Decision::Outcome::report, "test"}});
    std::vector<NewEvent> events;
    events.push_back(std::move(made));
    return run(io_, store_->accept("ci", std::move(events), nullptr, heard))->front().notifications.front();
  }

  std::vector<ComposedDelivery> compose(const Notification& notification, std::string key,
                                        std::string status = "", std::int64_t rank = 0) {
    Delivery made;
    made.key = std::move(key);
    made.lane = "lane";
    made.status = std::move(status);
    made.rank = rank;
    auto rows = std::make_shared<const std::vector<Delivery>>(std::vector<Delivery>{std::move(made)});
    return run(io_, store_->compose(notification, std::move(rows), 9)).value().deliveries;
  }
  void deliver(RowId id) {
    Settlement end;
    end.at = 10;
    ASSERT_TRUE(run(io_, store_->settle(id, end)));
  }

  ReplayedEvent again(RowId row, std::vector<std::string> reporters = {"mail"}) {
    ReplayedEvent event;
    event.row = row;
    event.reporters = std::move(reporters);
    return event;
  }
  Notification only_replayed() {
    const auto notifications = replayed_ones();
    EXPECT_EQ(notifications.size(), 1U);
    return notifications.at(0);
  }

  std::unique_ptr<Ledger> ledger_ = ledger();
};

INSTANTIATE_TEST_SUITE_P(Stores, ReplayTest, testing::ValuesIn(store_kinds()),
                         [](const auto& info) { return info.param.name; });

TEST_P(ReplayTest, WhereATimeBegins) {
  for (int number = 1; number <= 9; ++number)
    accept(number, number * 100);
  EXPECT_EQ(ledger_->last_before(50), 0);
  EXPECT_EQ(ledger_->last_before(100), 0);
  EXPECT_EQ(ledger_->last_before(101), 1);
  EXPECT_EQ(ledger_->last_before(550), 5);
  EXPECT_EQ(ledger_->last_before(900), 8);
  EXPECT_EQ(ledger_->last_before(5000), 9);
  const auto some = ledger_->events_between(3, 7, 3);
  ASSERT_EQ(some.size(), 3U);
  EXPECT_EQ(some.front().row, 4);
  EXPECT_EQ(some.front().decisions.front().reporter, "mail");
  EXPECT_EQ(some.front().open_notifications, std::vector<std::string>{"mail"});
  EXPECT_EQ(ledger_->events_between(6, 7, 10).size(), 1U);
}

TEST_P(ReplayTest, WhereATimeBeginsAmongGaps) {
  for (int number = 1; number <= 20; ++number)
    compose(accept(number, number * 100), std::to_string(number));
  for (const char* forgotten :
       {"DELETE FROM payloads", "DELETE FROM deliveries", "DELETE FROM events WHERE id BETWEEN 3 AND 12"})
    sql(forgotten);
  EXPECT_EQ(ledger_->last_before(150), 1);
  EXPECT_EQ(ledger_->last_before(800), 2);
  EXPECT_EQ(ledger_->last_before(1300), 2);
  EXPECT_EQ(ledger_->last_before(1301), 13);
  sql("DELETE FROM events");
  EXPECT_EQ(ledger_->last_before(1301), 0);
}

TEST_P(ReplayTest, WhatWasDeliveredIsOrderedAgainWithItsMark) {
  const Notification first = accept(1, 5);
  deliver(compose(first, "mail:1").front().id);
  EXPECT_TRUE(replayed_ones().empty());
  EXPECT_EQ(ledger_->order_again({again(first.event_row)}, replay).made, 1U);
  const Notification notification = only_replayed();
  EXPECT_EQ(notification.replay, replay);
  EXPECT_EQ(notification.heard, 5);
  EXPECT_EQ(open_ones().at(0).replay, replay);
  EXPECT_TRUE(compose(notification, "mail:1" + replay_mark(replay)).front().waiting);
  EXPECT_TRUE(replayed_ones().empty());
}

TEST_P(ReplayTest, WhatWaitsOrIsNotWordedIsNotDoubled) {
  const Notification open = accept(1, 5);
  const ReplayedOrders notifications = ledger_->order_again({again(open.event_row), again(12345)}, replay);
  EXPECT_EQ(notifications.made, 0U);
  EXPECT_EQ(notifications.open, 1U);
  EXPECT_EQ(notifications.gone, 1U);

  ASSERT_TRUE(compose(open, "mail:1").front().waiting);
  EXPECT_EQ(ledger_->order_again({again(open.event_row)}, replay).made, 1U);
  const ComposedDelivery same = compose(only_replayed(), "mail:1" + replay_mark(replay)).front();
  EXPECT_EQ(same.id, 0);
  EXPECT_FALSE(same.waiting);

  // Another part of the same event does not wait.
  ledger_->order_again({again(open.event_row)}, replay + 1);
  EXPECT_TRUE(compose(only_replayed(), "mail:1" + replay_mark(replay + 1) + "#1").front().waiting);
  // What waits from a replay is not doubled by the next one.
  ledger_->order_again({again(open.event_row)}, replay + 2);
  EXPECT_EQ(compose(only_replayed(), "mail:1" + replay_mark(replay + 2) + "#1").front().id, 0);
}

TEST_P(ReplayTest, AnEarlierStateDoesNotPassALaterOne) {
  const Notification began = accept(1, 5);
  deliver(compose(began, "s:1", "sha", 1).front().id);
  const Notification ended = accept(2, 6);
  deliver(compose(ended, "s:2", "sha", 2).front().id);
  ledger_->order_again({again(began.event_row), again(ended.event_row)}, replay);
  const auto notifications = replayed_ones();
  ASSERT_EQ(notifications.size(), 2U);
  const ComposedDelivery early = compose(notifications[0], "s:1" + replay_mark(replay), "sha", 1).front();
  EXPECT_FALSE(early.waiting);
  EXPECT_EQ(run(io_, store_->load(early.id)).value()->state, DeliveryState::superseded);
  EXPECT_TRUE(compose(notifications[1], "s:2" + replay_mark(replay), "sha", 2).front().waiting);
  EXPECT_TRUE(ledger_->later_state("mail", "sha", 1));
  EXPECT_FALSE(ledger_->later_state("mail", "sha", 2));
  EXPECT_FALSE(ledger_->later_state("mail", "", 0));
}

TEST_P(ReplayTest, WhatWasDecidedAnewIsNoted) {
  const Notification notification = accept(1, 5);
  ReplayedEvent event = again(notification.event_row, {"posts"});
  event.decisions = {{"posts", {Decision::Outcome::report, "added later"}},
                     {"mail", {Decision::Outcome::ignore, "not any more"}}};
  EXPECT_EQ(ledger_->order_again({event}, replay).made, 1U);
  const auto decisions = ledger_->events_between(0, 9, 9).front().decisions;
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_EQ(decisions[0].decision.reason, "not any more");
  EXPECT_EQ(decisions[1].reporter, "posts");
  EXPECT_EQ(ledger_->open_order_count(), 2U);
}

}  // namespace
}  // namespace carillon::store
