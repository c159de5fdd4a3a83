// A target that answers 5xx for a day, while builds go on: nothing is lost, the target is not flooded
// meanwhile, and afterwards what waited follows in order, without the states that others have replaced.
#include <algorithm>

#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

constexpr int steps = 48;  // of half an hour
const std::vector<std::string> builders{"a", "b", "c"};

class OutageTest : public PipelineTest {
 protected:
  void pass(Process& process, Millis by) {
    clock_.advance(by);
    process.recover();
    ASSERT_TRUE(process.settle_all());
  }

  // What was sent of a builder, as numbers: 7 the end of build 7, -7 its start.
  std::vector<int> sent_of(const std::string& builder, std::size_t from) const {
    std::vector<int> numbers;
    const std::string prefix = "r:ci/builds/" + builder;
    for (std::size_t i = from; i < reporter_->sent.size(); ++i) {
      const std::string& key = reporter_->sent[i].key;
      if (!key.starts_with(prefix)) continue;
      const int number = std::stoi(key.substr(prefix.size()));
      numbers.push_back(key.ends_with("/new") ? -number : number);
    }
    return numbers;
  }

  std::size_t count(DeliveryState state) {
    std::size_t found = 0;
    store::LedgerFilter all;
    all.limit = 10'000;
    for (const auto& row : ledger()->deliveries(all))
      found += row.state == state ? 1 : 0;
    return found;
  }
};

// A bot that also receives hears of it first.
TEST_F(OutageTest, WhoHearsThatTheTargetIsBackNeedNotWaitForTheBackoff) {
  for (int i = 0; i < 1000; ++i)
    reporter_->answers.emplace_back(unreachable("no connection"));
  Process& process = start();
  for (const std::string& builder : builders) {
    ASSERT_TRUE(process.accept({build_event(1, Results::failure, builder)}));
    ASSERT_TRUE(process.settle_all());
  }
  for (int i = 0; i < 3; ++i)
    pass(process, 10 * minute);
  EXPECT_EQ(count(DeliveryState::delivered), 0U);
  reporter_->answers.clear();
  ASSERT_TRUE(reporter_->back);
  reporter_->back();
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(count(DeliveryState::delivered), builders.size());
}

TEST_F(OutageTest, ADayOf5xxThenEverythingInOrderWithoutWhatIsReplaced) {
  // As a commit's status: the start and the end of a build are states of one thing.
  reporter_->change = [](Delivery& delivery) {
    delivery.status = delivery.key.substr(0, delivery.key.rfind('/'));
    delivery.rank = delivery.key.ends_with("/new") ? 1 : 2;
  };
  for (int i = 0; i < 100'000; ++i)
    reporter_->answers.emplace_back(unreachable("HTTP 503"));
  Process& process = start();
  for (int step = 1; step <= steps; ++step) {
    std::vector<Event> batch;
    for (const std::string& builder : builders) {
      batch.push_back(build_event(step, Results::success, builder, false));
      batch.push_back(build_event(step, Results::failure, builder));
    }
    ASSERT_TRUE(process.accept(std::move(batch)));
    ASSERT_TRUE(process.settle_all());
    pass(process, 30 * minute);
  }
  const std::size_t attempts = reporter_->sent.size();
  EXPECT_GT(attempts, 0U);
  EXPECT_LT(attempts, steps * 4U) << "one delivery at a time probes it";
  EXPECT_EQ(count(DeliveryState::dead), 0U);

  reporter_->answers.clear();
  for (int i = 0; i < 5; ++i)
    pass(process, 30 * minute);
  for (const std::string& builder : builders) {
    std::vector<int> in_order;
    for (int step = 1; step <= steps; ++step)
      in_order.push_back(step);
    EXPECT_EQ(sent_of(builder, attempts), in_order) << builder << ": the ends, each once, in their order";
  }
  EXPECT_EQ(count(DeliveryState::delivered), steps * builders.size());
  EXPECT_EQ(count(DeliveryState::superseded), steps * builders.size()) << "the starts";
}

TEST_F(OutageTest, OfOneThingThatAllReportOnlyTheLastStateIsSent) {
  reporter_->change = [](Delivery& delivery) {
    delivery.status = "the commit";
    delivery.lane = "the commit";
    delivery.rank = std::stoi(delivery.key.substr(std::string("r:ci/builds/a").size()));
  };
  for (int i = 0; i < 100'000; ++i)
    reporter_->answers.emplace_back(unreachable("HTTP 500"));
  Process& process = start();
  for (int step = 1; step <= steps; ++step) {
    process.accept(build_event(step, Results::success, "a"));
    ASSERT_TRUE(process.settle_all());
    pass(process, 30 * minute);
  }
  const std::size_t attempts = reporter_->sent.size();
  reporter_->answers.clear();
  for (int i = 0; i < 5; ++i)
    pass(process, 30 * minute);
  EXPECT_EQ(sent_of("a", attempts), std::vector<int>{steps});
  EXPECT_EQ(count(DeliveryState::superseded), steps - 1U);
}

}  // namespace
}  // namespace carillon::pipeline
