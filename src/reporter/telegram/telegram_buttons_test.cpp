#include "reporter/telegram/telegram_buttons.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "fakes/clock.hpp"
#include "fakes/memory.hpp"
#include "fakes/run.hpp"

namespace carillon::reporter::telegram {
namespace {

class ButtonsTest : public testing::Test {
 protected:
  std::string data(const std::string& command) {
    kept_.now = clock_.now();
    const auto made = test::run(io_, buttons_.data_for(command));
    EXPECT_TRUE(made);
    EXPECT_LE(made.value_or("").size(), max_callback_data);
    return made.value_or("");
  }
  std::string command(const std::string& data) {
    const auto found = test::run(io_, buttons_.command_of(data));
    EXPECT_TRUE(found);
    return found.value_or(std::nullopt).value_or("-");
  }

  asio::io_context io_;
  test::FakeClock clock_;
  test::KeptThings kept_;
  test::FakeMemory memory_{kept_};
  Buttons buttons_{memory_, clock_};
  std::string long_ = "/force with " + std::string(200, 'x');
};

TEST_F(ButtonsTest, ShortCommandsGoAsTheyAre) {
  EXPECT_EQ(data("/notify list"), "/notify list");
  EXPECT_EQ(data(std::string(64, 'x')), std::string(64, 'x'));
  EXPECT_EQ(command("/notify list"), "/notify list");
  EXPECT_TRUE(kept_.by_key.empty());
}

TEST_F(ButtonsTest, LongOnesAreKeptAndSurviveARestart) {
  const std::string sent = data(long_);
  EXPECT_EQ(sent, "#" + short_hash(long_));
  EXPECT_EQ(data(long_), sent);
  EXPECT_EQ(kept_.by_key.size(), 1U);
  test::FakeMemory memory(kept_);
  Buttons later(memory, clock_);
  EXPECT_EQ(test::run(io_, later.command_of(sent)).value(), long_);
}

TEST_F(ButtonsTest, BytesCountAndNotCharacters) {
  const std::string bells =
      "/x \U0001F514\U0001F514\U0001F514\U0001F514\U0001F514\U0001F514\U0001F514\U0001F514"
      "\U0001F514\U0001F514\U0001F514\U0001F514\U0001F514\U0001F514\U0001F514\U0001F514";
  ASSERT_EQ(bells.size(), 67U);
  EXPECT_EQ(command(data(bells)), bells);
}

TEST_F(ButtonsTest, TwoCommandsWithOneHashAreToldApart) {
  kept_.by_key["button/" + short_hash(long_)] = {json::object{{"command", "/another"}, {"at", 0}}, 0};
  const std::string sent = data(long_);
  EXPECT_EQ(sent, "#" + short_hash(long_) + ".1");
  EXPECT_EQ(command(sent), long_);
  EXPECT_EQ(command("#" + short_hash(long_)), "/another");
}

TEST_F(ButtonsTest, UnknownOnesAreUnknown) {
  EXPECT_EQ(command("#0123456789abcdef"), "-");
  EXPECT_EQ(command("#"), "-");
  EXPECT_EQ(command(""), "-");
  kept_.by_key["button/7"] = {"nonsense", 0};
  EXPECT_EQ(command("#7"), "-");
  EXPECT_EQ(command(data("#7")), "#7") << "nobody can press another's button by typing";
}

TEST_F(ButtonsTest, ForgottenAfterSixtyDaysUnlessShownAgain) {
  const std::string shown_again = data(long_ + "2");
  const std::string sent = data(long_);
  const Millis day = 86'400'000;
  clock_.advance(40 * day);
  EXPECT_EQ(data(long_ + "2"), shown_again);
  clock_.advance(21 * day);
  ASSERT_TRUE(test::run(io_, buttons_.tidy()));
  EXPECT_EQ(command(sent), "-");
  EXPECT_EQ(command(shown_again), long_ + "2");
}

TEST_F(ButtonsTest, AMemoryThatFailsIsAFailure) {
  kept_.failure = Failure{Failure::Kind::unreachable, "disk full", std::nullopt};
  EXPECT_FALSE(test::run(io_, buttons_.data_for(long_)));
  EXPECT_FALSE(test::run(io_, buttons_.command_of("#1")));
  EXPECT_TRUE(test::run(io_, buttons_.data_for("/short")));
}

}  // namespace
}  // namespace carillon::reporter::telegram
