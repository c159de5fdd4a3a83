// A reporter that is taken out while it has work.
#include "pipeline/draining.hpp"

#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

class RetirementTest : public PipelineTest {
 protected:
  // A reload to the roster.
  void reload(const std::shared_ptr<Roster>& fresh) {
    draining_->carry_over(current_, *fresh);
    take(fresh);
  }
  void take(const RosterPtr& roster) {
    current_ = roster;
    process_->silences.set_roster(roster);
    process_->intake.set_roster(roster);
    process_->composer.set_roster(roster);
    process_->courier.set_roster(roster);
  }
  Process& begin() {
    Process& process = start();
    current_ = roster_;
    roster_ = nullptr;  // as in the server, where only those who work with it keep it
    auto gone = [this](const std::vector<std::string>& names) {
      gone_.insert(gone_.end(), names.begin(), names.end());
      auto fresh = std::make_shared<Roster>(*current_);
      std::erase_if(fresh->draining, [&](const RosterEntry& entry) {
        return std::find(names.begin(), names.end(), entry.name) != names.end();
      });
      take(fresh);
    };
    draining_ = std::make_unique<Draining>(process.io.get_executor(), *process.store, process.courier,
                                           process.log, gone);
    return process;
  }
  static std::shared_ptr<Roster> with(const std::string& name,
                                      const std::shared_ptr<FakeReporter>& reporter) {
    auto roster = std::make_shared<Roster>();
    RosterEntry entry;
    entry.name = name;
    entry.rule = every_build();
    entry.reporter = reporter;
    roster->entries.push_back(entry);
    return roster;
  }

  RosterPtr current_;
  std::unique_ptr<Draining> draining_;
  std::vector<std::string> gone_;
};

TEST_F(RetirementTest, DeliversWhatItHasAndThenGoes) {
  bool answered = false;
  reporter_->before_answer = [&]() -> asio::awaitable<void> {
    while (!answered)
      co_await sleep_for(std::chrono::milliseconds(5));
  };
  Process& process = begin();
  for (int i = 1; i <= 20; ++i)
    process.accept(build_event(i, Results::success));
  auto other = std::make_shared<FakeReporter>();
  reload(with("other", other));
  process.accept(build_event(21, Results::success));
  ASSERT_TRUE(run_until(process.io, [&] { return other->sent.size() == 1; }));
  EXPECT_TRUE(gone_.empty());
  ASSERT_NE(current_->find("r"), nullptr);
  answered = true;
  ASSERT_TRUE(run_until(process.io, [&] { return !gone_.empty(); }));
  EXPECT_EQ(gone_, std::vector<std::string>{"r"});
  EXPECT_EQ(reporter_->sent.size(), 20U) << "and nothing of what came later";
  EXPECT_EQ(current_->find("r"), nullptr);
  EXPECT_EQ(other->sent.size(), 1U);
  EXPECT_EQ(states(), std::vector<DeliveryState>(21, DeliveryState::delivered));
}

TEST_F(RetirementTest, OrdersThatAreNotWordedYetAreWorded) {
  Process& process = begin();
  process.recover();
  // Accepted by the old roster, and stored only after the reload.
  std::vector<Event> events;
  for (int i = 1; i <= 5; ++i)
    events.push_back(build_event(i, Results::success, "b" + std::to_string(i)));
  bool accepted = false;
  asio::co_spawn(process.io, process.intake.accept("ci", std::move(events), nullptr),
                 [&](const std::exception_ptr&, const Result<source::Sink::Accepted>& result) {
                   accepted = result.has_value();
                 });
  process.io.poll_one();
  reload(std::make_shared<Roster>());
  ASSERT_TRUE(run_until(process.io, [&] { return !gone_.empty(); }));
  EXPECT_TRUE(accepted);
  EXPECT_EQ(reporter_->sent.size(), 5U);
}

TEST_F(RetirementTest, OneThatComesBackTakesOver) {
  reporter_->answers = {unreachable("down"), unreachable("down"), unreachable("down"), unreachable("down")};
  Process& process = begin();
  process.accept(build_event(1, Results::success));
  ASSERT_TRUE(process.settle_all());
  reload(std::make_shared<Roster>());
  EXPECT_EQ(current_->draining.size(), 1U);
  auto again = std::make_shared<FakeReporter>();
  reload(with("r", again));
  EXPECT_TRUE(current_->draining.empty());
  clock_.advance(3600 * 1000);
  process.courier.set_roster(current_);
  ASSERT_TRUE(run_until(process.io, [&] { return again->sent.size() == 1; }));
  ASSERT_TRUE(process.settle_all());
  EXPECT_TRUE(gone_.empty());
}

TEST_F(RetirementTest, WhatIsDroppedHoldsItNoLonger) {
  reporter_->answers = {unreachable("down")};
  reporter_->answers.front().error().retry_after = std::chrono::hours(1);
  Process& process = begin();
  process.accept(build_event(1, Results::success));
  ASSERT_TRUE(process.settle_all());
  reload(std::make_shared<Roster>());
  EXPECT_FALSE(run_until(process.io, [&] { return !gone_.empty(); }, std::chrono::seconds(1)));
  EXPECT_EQ(ledger()->drop_all_of("r", 5).deliveries, 1U);
  ASSERT_TRUE(run_until(process.io, [&] { return !gone_.empty(); }));
}

}  // namespace
}  // namespace carillon::pipeline
