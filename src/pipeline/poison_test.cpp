// Orders whose wording ends the process, or always throws. A process that dies is played by one that is taken
// away while the reporter words.
#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

class PoisonTest : public PipelineTest {
 protected:
  static std::string builder_of(const reporter::Details& notification) {
    return facts_of(notification.builds.front()).builder;
  }
  std::size_t worded(const std::string& builder) const {
    return static_cast<std::size_t>(std::ranges::count(reporter_->notifications, builder, builder_of));
  }
  // Another life over the same database; what is left is being read.
  Process& next_life() {
    Process& process = start();
    return process;
  }
  void hang_at(const std::string& builder, bool also_when_plain) {
    reporter_->before_wording = [=](const reporter::Details& notification) -> asio::awaitable<void> {
      if (builder_of(notification) == builder && (also_when_plain || !notification.plain))
        co_await sleep_for(std::chrono::hours(1));
    };
  }
};

TEST_F(PoisonTest, IsWordedAloneThenPlainThenSetAsideAndAllElseGoesOn) {
  hang_at("poison", true);
  Process& first = start();
  first.accept(build_event(1, Results::failure, "poison"));
  first.accept(build_event(1, Results::success));
  ASSERT_TRUE(run_until(first.io, [&] { return worded("poison") == 1 && reporter_->sent.size() == 1; }));
  EXPECT_FALSE(reporter_->notifications.front().plain);

  Process& second = next_life();
  second.accept(build_event(2, Results::success));
  ASSERT_TRUE(run_until(second.io, [&] { return worded("poison") == 2; }));
  EXPECT_FALSE(reporter_->notifications.back().plain);
  EXPECT_EQ(worded("linux"), 1U) << "others wait until it is known who did it";

  Process& third = next_life();
  ASSERT_TRUE(run_until(third.io, [&] { return worded("poison") == 3; }));
  EXPECT_TRUE(reporter_->notifications.back().plain);

  Process& fourth = next_life();
  ASSERT_TRUE(run_until(fourth.io, [&] { return reporter_->sent.size() == 2; }));
  EXPECT_EQ(worded("poison"), 3U);
  ASSERT_TRUE(fourth.settle_all());
  const auto dead = ledger()->deliveries({.state = DeliveryState::dead});
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].reporter, "r");
  EXPECT_EQ(dead[0].answer, "Carillon ended 3 times while it was worded");

  // A person who has mended the configuration asks for it.
  reporter_->before_wording = nullptr;
  EXPECT_EQ(ledger()->resend(dead[0].id, clock_.now()), "");
  fourth.recover();
  ASSERT_TRUE(run_until(fourth.io, [&] { return reporter_->sent.size() == 3; }));
  EXPECT_FALSE(reporter_->notifications.back().plain);
  EXPECT_EQ(worded("poison"), 4U);
}

TEST_F(PoisonTest, WithoutTheConfigurationsCodeItGoesOutWithANote) {
  hang_at("poison", false);
  Process& first = start();
  first.accept(build_event(1, Results::failure, "poison"));
  ASSERT_TRUE(run_until(first.io, [&] { return worded("poison") == 1; }));
  Process& second = next_life();
  ASSERT_TRUE(run_until(second.io, [&] { return worded("poison") == 2; }));
  Process& third = next_life();
  ASSERT_TRUE(run_until(third.io, [&] { return reporter_->sent.size() == 1; }));
  ASSERT_TRUE(third.settle_all());
  const auto rows = ledger()->deliveries({});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].state, DeliveryState::delivered);
  EXPECT_EQ(rows[0].note,
            "worded without the configuration's code: Carillon ended twice while it was worded");
}

TEST_F(PoisonTest, WhoWasUnderWayWithItIsReportedAsUsual) {
  reporter_->before_wording = [](const reporter::Details&) { return sleep_for(std::chrono::hours(1)); };
  Process& first = start();
  for (const char* builder : {"a", "poison", "b"})
    first.accept(build_event(1, Results::success, builder));
  ASSERT_TRUE(run_until(first.io, [&] { return reporter_->notifications.size() == 3; }));
  hang_at("poison", true);
  Process& second = next_life();
  ASSERT_TRUE(run_until(second.io, [&] { return worded("poison") == 2; }));
  Process& third = next_life();
  ASSERT_TRUE(run_until(third.io, [&] { return worded("poison") == 3; }));
  Process& fourth = next_life();
  ASSERT_TRUE(run_until(fourth.io, [&] { return reporter_->sent.size() == 2; }));
  for (const reporter::Details& notification : reporter_->notifications)
    EXPECT_TRUE(!notification.plain || builder_of(notification) == "poison") << builder_of(notification);
  ASSERT_TRUE(fourth.settle_all());
  for (const auto& row : ledger()->deliveries({.state = DeliveryState::delivered}))
    EXPECT_EQ(row.note, "");
}

TEST_F(PoisonTest, ACleanEndBlamesNobody) {
  hang_at("slow", true);
  Process& first = start();
  first.accept(build_event(1, Results::success, "slow"));
  ASSERT_TRUE(run_until(first.io, [&] { return worded("slow") == 1; }));
  first.composer.stop();
  process_.reset();
  EXPECT_TRUE(Begun(dir_.file("c.sqlite.begun")).left().empty());
}

TEST_F(PoisonTest, WhatAlwaysThrowsIsSetAsideAndItsBuilderGoesOn) {
  reporter_->before_wording = [](const reporter::Details& notification) -> asio::awaitable<void> {
    if (facts_of(notification.builds.front()).number == 1) throw std::logic_error("a bug");
    co_return;
  };
  Process& process = start();
  process.accept(build_event(1, Results::success));
  process.accept(build_event(2, Results::success));
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 1; }));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent_keys(), std::vector<std::string>{"r:ci/builds/linux2/finished"});
  const auto dead = ledger()->deliveries({.state = DeliveryState::dead});
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].answer, "internal error: a bug");
}

}  // namespace
}  // namespace carillon::pipeline
