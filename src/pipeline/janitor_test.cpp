// The janitor over a real store.
#include "pipeline/janitor.hpp"

#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

class JanitorTest : public PipelineTest {
 protected:
  void tidy(Process& process, HistoryLimits limits) {
    Janitor janitor(*process.store, clock_, process.log, registry_);
    janitor.set_limits(limits);
    ASSERT_TRUE(run(process.io, janitor.tidy()));
  }
  std::size_t kept() { return ledger()->deliveries({.limit = 100'000}).size(); }
  std::int64_t used(Process& process) { return run(process.io, process.store->size())->used; }

  metrics::Registry registry_;
};

TEST_F(JanitorTest, ForgetsByAge) {
  Process& process = start();
  for (int i = 1; i <= 30; ++i) {
    process.accept(build_event(i, Results::success));
    ASSERT_TRUE(process.settle_all());
    clock_.advance(1000);
  }
  HistoryLimits limits;
  tidy(process, limits);
  EXPECT_EQ(kept(), 30U) << "no limit";
  limits.max_age = 10'500;
  tidy(process, limits);
  EXPECT_EQ(kept(), 10U);
  clock_.advance(3600 * 1000);
  tidy(process, limits);
  EXPECT_EQ(kept(), 0U);
  EXPECT_EQ(ledger()->events_of(*parse_build_name("linux")).size(), 1U) << "the last build stays";
  EXPECT_EQ(run(process.io, process.store->previous("ci", "linux", std::nullopt, {1000})).value()->run.number,
            30);
}

TEST_F(JanitorTest, ForgetsBySizeTheOldestFirstAndNothingYoung) {
  if (on_postgres()) GTEST_SKIP() << "maxSize is refused with PostgreSQL";
  reporter_->change = [](Delivery& delivery) { delivery.payload = std::string(20'000, 'x'); };
  Process& process = start();
  for (int i = 1; i <= 200; ++i)
    process.accept(build_event(i, Results::success, "b" + std::to_string(i)));
  ASSERT_TRUE(process.settle_all());
  HistoryLimits limits;
  limits.max_size = used(process) / 2;
  tidy(process, limits);
  EXPECT_EQ(kept(), 200U) << "all of it is younger than an hour";
  clock_.advance(2 * youngest_forgotten);
  tidy(process, limits);
  EXPECT_LE(used(process), *limits.max_size);
  const auto rows = ledger()->deliveries({.limit = 1000});
  EXPECT_GT(rows.size(), 40U) << "not much more than needed";
  ASSERT_LT(rows.size(), 150U);
  EXPECT_EQ(rows.back().id - rows.front().id + 1, static_cast<std::int64_t>(rows.size()));
  EXPECT_EQ(rows.back().key, "r:ci/builds/b200200/finished");
}

TEST_F(JanitorTest, NothingUndeliveredGoesHoweverLarge) {
  reporter_->answers = {rejected("no"), unreachable("down")};
  reporter_->parallel = 1;
  Process& process = start();
  for (int i = 1; i <= 3; ++i) {
    process.accept(build_event(i, Results::success, "b" + std::to_string(i)));
    ASSERT_TRUE(process.settle_all());
  }
  ASSERT_TRUE(process.settle_all());
  clock_.advance(1000 * youngest_forgotten);
  HistoryLimits limits;
  limits.max_size = 1;
  limits.max_age = 1;
  tidy(process, limits);
  std::vector<DeliveryState> left = states();
  EXPECT_EQ(std::count(left.begin(), left.end(), DeliveryState::dead), 1);
  EXPECT_EQ(std::count(left.begin(), left.end(), DeliveryState::delivered), 0);
}

}  // namespace
}  // namespace carillon::pipeline
