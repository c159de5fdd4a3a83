// Rate limits that several reporters share.
#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

TEST_F(PipelineTest, ReportersOfOneAccountPauseTogetherAlsoAfterARestart) {
  auto same = std::make_shared<FakeReporter>();
  auto another = std::make_shared<FakeReporter>();
  reporter_->account_name = same->account_name = "forge host 1f";
  another->account_name = "forge host 2e";
  add("same", every_build(), same);
  add("another", every_build(), another);
  reporter_->answers = {throttled("429", std::chrono::seconds(60))};
  Process& first = start();
  // The others are held back until the first has its answer.
  same->parallel = another->parallel = 0;
  first.accept(build_event(1, Results::success));
  ASSERT_TRUE(run_until(first.io, [&] { return reporter_->sent.size() == 1; }));
  ASSERT_TRUE(first.settle_all());
  same->parallel = another->parallel = 8;
  first.accept(build_event(2, Results::success));
  ASSERT_TRUE(run_until(first.io, [&] { return another->sent.size() == 2; }));
  ASSERT_TRUE(first.settle_all());
  EXPECT_TRUE(same->sent.empty());
  std::vector<std::string> paused;
  for (const store::Pause& pause : ledger()->pauses())
    paused.push_back(pause.reporter);
  EXPECT_EQ(paused, (std::vector<std::string>{"r", "same"}));
  Process& second = start();
  second.recover();
  ASSERT_TRUE(second.settle_all());
  EXPECT_TRUE(same->sent.empty());
  // Afterwards one at a time, and a second apart.
  clock_.advance(60 * 1000);
  Process& third = start();
  third.recover();
  ASSERT_TRUE(run_until(third.io, [&] { return same->sent.size() + reporter_->sent.size() == 2; }));
  ASSERT_TRUE(third.settle_all());
  EXPECT_EQ(same->sent.size() + reporter_->sent.size(), 2U);
  clock_.advance(1000);
  third.recover();
  EXPECT_TRUE(run_until(third.io, [&] { return same->sent.size() + reporter_->sent.size() == 3; }));
}

TEST_F(PipelineTest, AnAccountWithoutCallsLeftRestsBeforeItIsRefused) {
  Receipt last;
  last.answer = "201";
  last.pause = std::chrono::seconds(90);
  reporter_->answers = {last};
  reporter_->account_name = "forge";
  Process& process = start();
  process.accept(build_event(1, Results::success, "a"));
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 1; }));
  ASSERT_TRUE(process.settle_all());
  process.accept(build_event(1, Results::success, "b"));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(states(), (std::vector<DeliveryState>{DeliveryState::delivered, DeliveryState::waiting}));
  EXPECT_EQ(reporter_->sent.size(), 1U);
  EXPECT_EQ(ledger()->pauses().at(0).why, "the account has no calls left (201)");
  clock_.advance(91 * 1000);
  process.recover();
  EXPECT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 2; }));
}

// Each delivery alone would be at its first attempt: the reporter as a whole is what must not be too fast.
TEST_F(PipelineTest, ATargetThatAsksForNoPauseIsNotHammered) {
  for (int i = 0; i < 10'000; ++i)
    reporter_->answers.emplace_back(throttled("429", std::chrono::seconds(0)));
  Process& process = start();
  std::vector<Event> events;
  for (int i = 1; i <= 200; ++i)
    events.push_back(build_event(i, Results::success, "b" + std::to_string(i)));
  ASSERT_TRUE(process.accept(std::move(events)));
  ASSERT_TRUE(process.settle_all());
  for (int second = 0; second < 600; ++second) {
    clock_.advance(1000);
    process.recover();
    ASSERT_TRUE(process.settle_all());
  }
  // Pauses of 1, 2, 4 ... seconds, or half of that, and at most eight at once after each.
  EXPECT_GE(reporter_->sent.size(), 8U);
  EXPECT_LE(reporter_->sent.size(), 8U * 11);
  reporter_->answers.clear();
  for (int i = 0; i < 5; ++i) {
    clock_.advance(30 * minute);
    process.recover();
    ASSERT_TRUE(process.settle_all());
  }
  EXPECT_EQ(std::ranges::count(states(), DeliveryState::delivered), 50) << "of the newest 50";
}

TEST_F(PipelineTest, AStoredPauseOfAYearIsShortened) {
  Process& first = start();
  ASSERT_TRUE(run(first.io, first.store->set_pause({"r", clock_.now() + 365 * 24 * 60 * minute, "429"})));
  Process& second = start();
  second.recover();
  EXPECT_EQ(ledger()->pause_of("r", clock_.now())->until, clock_.now() + 60 * minute);
  clock_.advance(59 * minute);
  second.recover();
  second.accept(build_event(1, Results::success));
  ASSERT_TRUE(second.settle_all());
  EXPECT_TRUE(reporter_->sent.empty());
  clock_.advance(2 * minute);
  second.recover();
  EXPECT_TRUE(run_until(second.io, [&] { return reporter_->sent.size() == 1; }));
}

TEST_F(PipelineTest, APersonEndsThePauseOfAWholeAccount) {
  auto same = std::make_shared<FakeReporter>();
  auto another = std::make_shared<FakeReporter>();
  reporter_->account_name = same->account_name = "forge";
  add("same", every_build(), same);
  add("another", every_build(), another);
  reporter_->answers = {throttled("429", std::chrono::seconds(600))};
  another->answers = {throttled("429", std::chrono::seconds(300))};
  Process& process = start();
  same->parallel = 0;
  process.accept(build_event(1, Results::success));
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() + another->sent.size() == 2; }));
  ASSERT_TRUE(process.settle_all());
  same->parallel = 8;
  const auto opened = ledger();
  store::Ledger& people = *opened;
  EXPECT_EQ(people.resume("nobody", clock_.now()), std::vector<std::string>());
  EXPECT_EQ(people.resume("same", clock_.now()), (std::vector<std::string>{"r", "same"}));
  EXPECT_EQ(people.resume("same", clock_.now()), std::vector<std::string>());
  process.recover();
  // One after the other, as after every pause.
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() + same->sent.size() == 2; }));
  clock_.advance(1000);
  process.recover();
  EXPECT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() + same->sent.size() == 3; }));
  EXPECT_EQ(another->sent.size(), 1U) << "that one was asked for by another service";
}

}  // namespace
}  // namespace carillon::pipeline
