#include "server/bot_runner.hpp"

#include <gtest/gtest.h>

#include "fakes/reporter.hpp"
#include "fakes/run.hpp"

namespace carillon::server {
namespace {

using test::run_until;

// Stays "connected" until cancelled, and takes its time to leave.
class FakeBot final : public chat::ConnectedReporter {
 public:
  int connected = 0;  // now
  int begun = 0;
  int* others = nullptr;  // how many are connected, of several bots
  int most_others = 0;
  std::chrono::milliseconds goodbye{0};
  bool breaks = false;

  reporter::Needs needs() const override { return {}; }
  Task<std::vector<Delivery>> compose(const reporter::Details&) override {
    co_return std::vector<Delivery>();
  }
  Task<Receipt> send(const Delivery&) override { co_return unreachable("a fake"); }
  std::shared_ptr<const rule::Audience> audience() const override { return nullptr; }
  asio::awaitable<void> run() override {
    ++begun;
    if (breaks) throw std::runtime_error("bug");
    ++connected;
    if (others != nullptr) most_others = std::max(most_others, ++*others);
    try {
      co_await sleep_for(std::chrono::hours(1));
    } catch (const boost::system::system_error&) {
    }
    if (goodbye.count() > 0) {
      co_await asio::this_coro::reset_cancellation_state();
      co_await sleep_for(goodbye);
    }
    --connected;
    if (others != nullptr) --*others;
  }
};

class ResidentsTest : public testing::Test {
 protected:
  static pipeline::Roster roster(std::vector<std::pair<std::string, std::shared_ptr<FakeBot>>> bots) {
    pipeline::Roster roster;
    for (auto& [fingerprint, bot] : bots) {
      pipeline::RosterEntry entry;
      entry.name = "IRC";
      entry.fingerprint = fingerprint;
      entry.reporter = bot;
      roster.entries.push_back(std::move(entry));
    }
    return roster;
  }
  bool until(const std::function<bool()>& condition) { return run_until(io_, condition); }

  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  asio::io_context io_;
  BotRunner bots_{io_.get_executor(), log_};
  std::shared_ptr<FakeBot> first_ = std::make_shared<FakeBot>();
  std::shared_ptr<FakeBot> second_ = std::make_shared<FakeBot>();
};

TEST_F(ResidentsTest, TheSameConfigurationKeepsTheBot) {
  auto before = roster({{"a", first_}});
  bots_.apply(before);
  ASSERT_TRUE(until([&] { return first_->connected == 1; }));
  auto after = roster({{"a", second_}});
  bots_.apply(after);
  EXPECT_EQ(after.entries[0].reporter, first_);
  test::run(io_, [](BotRunner& bots) -> asio::awaitable<int> {
    co_await bots.stop(std::chrono::seconds(10));
    co_return 0;
  }(bots_));
  EXPECT_EQ(first_->connected, 0);
  EXPECT_EQ(first_->begun, 1);
  EXPECT_EQ(second_->begun, 0);
}

TEST_F(ResidentsTest, AChangedOneBeginsWhenTheOldOneHasLeft) {
  int connected = 0;
  first_->others = second_->others = &connected;
  first_->goodbye = std::chrono::milliseconds(100);
  auto before = roster({{"a", first_}});
  bots_.apply(before);
  ASSERT_TRUE(until([&] { return first_->connected == 1; }));
  auto after = roster({{"b", second_}});
  bots_.apply(after);
  EXPECT_EQ(after.entries[0].reporter, second_);
  ASSERT_TRUE(until([&] { return second_->connected == 1; }));
  EXPECT_EQ(second_->most_others, 1) << "never two at once";
  auto none = roster({});
  bots_.apply(none);
  EXPECT_TRUE(until([&] { return second_->connected == 0; }));
}

TEST_F(ResidentsTest, OneThatRetiresStaysUntilItIsLetGo) {
  auto before = roster({{"a", first_}});
  bots_.apply(before);
  ASSERT_TRUE(until([&] { return first_->connected == 1; }));
  pipeline::Roster draining;
  draining.draining = before.entries;
  bots_.apply(draining);
  EXPECT_FALSE(run_until(io_, [&] { return first_->connected == 0; }, std::chrono::seconds(1)));
  auto none = roster({});
  bots_.apply(none);
  EXPECT_TRUE(until([&] { return first_->connected == 0; }));
  EXPECT_EQ(first_->begun, 1);
}

TEST_F(ResidentsTest, ABugInOneIsLogged) {
  first_->breaks = true;
  testing::internal::CaptureStderr();
  auto before = roster({{"a", first_}});
  bots_.apply(before);
  ASSERT_TRUE(until([&] { return first_->begun == 1; }));
  test::run(io_, [](BotRunner& bots) -> asio::awaitable<int> {
    co_await bots.stop(std::chrono::seconds(10));
    co_return 0;
  }(bots_));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("IRC has stopped: internal error: bug"),
            std::string::npos);
  // The next configuration begins it anew.
  first_->breaks = false;
  auto after = roster({{"a", first_}});
  bots_.apply(after);
  EXPECT_TRUE(until([&] { return first_->connected == 1; }));
}

}  // namespace
}  // namespace carillon::server
