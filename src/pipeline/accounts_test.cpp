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
  for (const store::Pause& pause : ledger().pauses())
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
  reporter::Receipt last;
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
  EXPECT_EQ(states(), (std::vector<store::State>{store::State::delivered, store::State::waiting}));
  EXPECT_EQ(reporter_->sent.size(), 1U);
  EXPECT_EQ(ledger().pauses().at(0).why, "the account has no calls left (201)");
  clock_.advance(91 * 1000);
  process.recover();
  EXPECT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 2; }));
}

}  // namespace
}  // namespace carillon::pipeline
