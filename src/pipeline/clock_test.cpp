// The clock is put forward or back by a day: what waits is neither forgotten nor given up, pauses last no
// longer.
#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

class ClockTest : public PipelineTest {
 protected:
  void follow(Process& process) {
    auto look = [&]() -> Task<void> {
      co_await process.courier.follow_clock();
      co_return ok();
    };
    ASSERT_TRUE(run(process.io, look()));
    ASSERT_TRUE(process.settle_all());
  }
  // The clock shows so much more or less from one moment to the next.
  void set(Process& process, Millis by) {
    follow(process);
    clock_.advance(by);
    follow(process);
  }
  // Another node takes over.
  Process& another_that_is_a_day_behind() {
    clock_.advance(-day);
    Process& next = start();
    next.recover();
    return next;
  }
  Process& with_one_that_waits(Failure why) {
    reporter_->answers = {tl::unexpected(std::move(why))};
    Process& process = start();
    process.accept(build_event(1, Results::success));
    EXPECT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 1; }));
    EXPECT_TRUE(process.settle_all());
    return process;
  }
};

TEST_F(ClockTest, PutForwardWhatRestsIsDueAndNothingIsGivenUp) {
  Process& process = with_one_that_waits({Failure::Kind::throttled, "429", std::chrono::seconds(6 * 3600)});
  reporter_->answers = {unreachable("down")};
  set(process, day);
  EXPECT_EQ(reporter_->sent.size(), 2U);
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::waiting}) << "a day is no reason to give up";
  set(process, hour);
  EXPECT_EQ(reporter_->sent.size(), 3U);
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::delivered});
}

TEST_F(ClockTest, PutBackWhatRestsDoesNotRestForADay) {
  Process& process = with_one_that_waits({Failure::Kind::unreachable, "down", std::chrono::seconds(600)});
  set(process, -day);
  EXPECT_EQ(reporter_->sent.size(), 1U);
  set(process, 9 * minute);
  EXPECT_EQ(reporter_->sent.size(), 1U) << "nor shorter than it would have";
  set(process, minute);
  EXPECT_EQ(reporter_->sent.size(), 2U);
}

TEST_F(ClockTest, PutBackAPauseLastsAsLongAsItWas) {
  Process& process = with_one_that_waits({Failure::Kind::throttled, "429", std::chrono::seconds(600)});
  set(process, -day);
  ASSERT_EQ(ledger()->pauses().size(), 1U);
  EXPECT_EQ(ledger()->pauses().front().until, clock_.now() + 10 * minute) << "in the ledger, too";
  process.accept(build_event(2, Results::success, "b"));
  ASSERT_TRUE(process.settle_all());
  set(process, 9 * minute);
  EXPECT_EQ(reporter_->sent.size(), 1U);
  Process& next = start();
  next.recover();
  ASSERT_TRUE(next.settle_all());
  EXPECT_EQ(reporter_->sent.size(), 1U);
  set(next, minute);
  EXPECT_EQ(reporter_->sent.size(), 2U)
      << "b's; the first one has its own time, at most an hour after a restart";
  set(next, hour);
  EXPECT_EQ(reporter_->sent.size(), 3U);
}

// Of several nodes one had a clock that is a day ahead.
TEST_F(ClockTest, WhoeverServesNextHasAClockThatIsBehind) {
  follow(with_one_that_waits({Failure::Kind::unreachable, "down", std::chrono::seconds(600)}));
  Process& next = another_that_is_a_day_behind();
  ASSERT_TRUE(run_until(next.io, [&] { return reporter_->sent.size() == 2; }))
      << "it does not rest for an hour";
}

// Before that was noticed: nobody has tried to send it.
TEST_F(ClockTest, WhatWasStoredByAClockThatWasAheadIsDue) {
  Process& process = start();
  process.recover();
  follow(process);
  clock_.advance(day);
  reporter_->before_answer = [] { return sleep_for(std::chrono::hours(1)); };
  process.accept(build_event(1, Results::success));
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->under_way == 1; }));
  reporter_->before_answer = nullptr;
  Process& next = another_that_is_a_day_behind();
  ASSERT_TRUE(run_until(next.io, [&] { return reporter_->sent.size() == 1; }))
      << "it does not rest for an hour";
}

TEST_F(ClockTest, WhoeverServesNextHasAClockThatIsBehindAndFindsAPause) {
  follow(with_one_that_waits({Failure::Kind::throttled, "429", std::chrono::seconds(600)}));
  Process& next = another_that_is_a_day_behind();
  ASSERT_TRUE(next.settle_all());
  ASSERT_EQ(ledger()->pauses().size(), 1U);
  EXPECT_LE(ledger()->pauses().front().until, clock_.now() + 10 * minute);
}

TEST_F(ClockTest, PutBackASilentTargetIsProbed) {
  for (int i = 0; i < 20; ++i)
    reporter_->answers.emplace_back(unreachable("down"));
  Process& process = start();
  for (int i = 0; i < 10; ++i)
    process.accept(build_event(i, Results::success, "b" + std::to_string(i)));
  ASSERT_TRUE(process.settle_all());
  const std::size_t before = reporter_->sent.size();
  EXPECT_LT(before, 20U);
  reporter_->answers.clear();
  set(process, -day);
  set(process, minute);
  EXPECT_EQ(reporter_->sent.size(), before + 10);
}

TEST_F(ClockTest, PutBackWhileNothingRan) {
  with_one_that_waits(Failure{Failure::Kind::unreachable, "down", std::nullopt});
  Process& next = another_that_is_a_day_behind();
  ASSERT_TRUE(next.settle_all());
  EXPECT_EQ(reporter_->sent.size(), 1U);
  set(next, hour);
  EXPECT_EQ(reporter_->sent.size(), 2U);
}

TEST_F(ClockTest, ADigestGoesByHowLongTheClockSaysThatTheyWaited) {
  reporter_->after = 10 * minute;
  reporter_->answers = {
      tl::unexpected(Failure{Failure::Kind::unreachable, "down", std::chrono::seconds(60)})};
  Process& process = start();
  for (int i = 1; i <= 4; ++i)
    process.accept(build_event(i, Results::success));
  ASSERT_TRUE(process.settle_all());
  ASSERT_EQ(reporter_->sent.size(), 1U);
  set(process, -day);
  EXPECT_EQ(reporter_->sent.size(), 1U);
  set(process, minute);
  EXPECT_EQ(reporter_->sent.size(), 5U) << "they waited for a minute: each is told";
  reporter_->answers = {
      tl::unexpected(Failure{Failure::Kind::unreachable, "down", std::chrono::seconds(60)})};
  for (int i = 5; i <= 8; ++i)
    process.accept(build_event(i, Results::success));
  ASSERT_TRUE(process.settle_all());
  ASSERT_EQ(reporter_->sent.size(), 6U);
  set(process, day);
  ASSERT_EQ(reporter_->sent.size(), 7U);
  EXPECT_EQ(reporter_->sent.back().payload,
            "ci/builds/linux5/finished+ci/builds/linux6/finished+ci/builds/linux7/finished+"
            "ci/builds/linux8/finished");
  EXPECT_EQ(states(), std::vector<DeliveryState>(8, DeliveryState::delivered));
}

TEST_F(ClockTest, PutForwardByAYearNothingIsGivenUpAlsoNotAfterARestart) {
  Process& process = with_one_that_waits({Failure::Kind::unreachable, "down", std::nullopt});
  process.recover();  // as at the start of a server
  for (int i = 0; i < 10; ++i)
    reporter_->answers.emplace_back(unreachable("down"));
  set(process, 400 * day);
  EXPECT_EQ(reporter_->sent.size(), 2U);
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::waiting});
  Process& next = start();
  next.recover();
  set(next, hour);
  EXPECT_EQ(reporter_->sent.size(), 3U);
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::waiting});
}

TEST_F(ClockTest, ATimeWhenNothingRanDoesNotCount) {
  Process& process = with_one_that_waits({Failure::Kind::unreachable, "down", std::nullopt});
  process.recover();
  follow(process);
  clock_.advance(30 * day);
  reporter_->answers.emplace_back(unreachable("down"));
  Process& next = start();
  next.recover();
  ASSERT_TRUE(next.settle_all());
  ASSERT_EQ(reporter_->sent.size(), 2U);
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::waiting});
}

TEST_F(ClockTest, WhatPassedWithoutAJumpCounts) {
  Process& process = with_one_that_waits({Failure::Kind::unreachable, "down", std::nullopt});
  process.recover();
  reporter_->answers.emplace_back(unreachable("down"));
  clock_.advance(4 * day);
  process.recover();
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::dead});
}

}  // namespace
}  // namespace carillon::pipeline
