#include "web/guesses.hpp"

#include <gtest/gtest.h>

namespace carillon::web {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class GuessesTest : public testing::Test {
 protected:
  // How many of so many different tokens were looked at.
  int guess(int count, const std::string& address = "192.0.2.7") {
    int looked_at = 0;
    for (int i = 0; i < count; ++i) {
      if (guesses_.shut_out(address, now_)) continue;
      ++looked_at;
      guesses_.wrong(address, "guess " + std::to_string(++number_), now_);
    }
    return looked_at;
  }

  Guesses guesses_;
  Guesses::Time now_{std::chrono::hours(100)};
  int number_ = 0;
};

TEST_F(GuessesTest, AreFewPerAddress) {
  EXPECT_EQ(guess(2000), 20);
  EXPECT_EQ(guesses_.shut_out("192.0.2.7", now_), seconds(3));
  EXPECT_EQ(guess(1, "192.0.2.8"), 1) << "another one is not shut out";
  now_ += seconds(3);
  EXPECT_EQ(guess(2000), 1);
  now_ += seconds(30);
  EXPECT_EQ(guess(2000), 10);
  now_ += std::chrono::hours(1);
  EXPECT_EQ(guess(2000), 20);
}

TEST_F(GuessesTest, AnOldTokenIsNoGuess) {
  for (int i = 0; i < 2000; ++i)
    guesses_.wrong("192.0.2.7", "Bearer of yesterday", now_);
  for (int i = 0; i < 2000; ++i)
    guesses_.wrong("192.0.2.7", "", now_);
  EXPECT_EQ(guess(2000), 19);
}

TEST_F(GuessesTest, AreToldOfOnceAMinute) {
  EXPECT_EQ(guesses_.to_tell("192.0.2.7", "401", now_), "");
  for (int i = 0; i < 1999; ++i)
    EXPECT_EQ(guesses_.to_tell("192.0.2.7", "401", now_ += milliseconds(1)), std::nullopt);
  EXPECT_EQ(guesses_.to_tell("192.0.2.8", "401", now_), "");
  now_ += seconds(60);
  EXPECT_EQ(guesses_.to_tell("192.0.2.7", "401", now_), " (2000 times since the last such line)");
}

TEST_F(GuessesTest, OnlyTheSameKindIsCounted) {
  EXPECT_EQ(guesses_.to_tell("192.0.2.7", "401", now_), "");
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(guesses_.to_tell("192.0.2.7", "401", now_), std::nullopt);
  EXPECT_EQ(guesses_.to_tell("192.0.2.7", "400 push", now_), "") << "it was never told";
  EXPECT_EQ(guesses_.to_tell("192.0.2.7", "400 push", now_), std::nullopt);
  now_ += seconds(60);
  EXPECT_EQ(guesses_.to_tell("192.0.2.7", "400 push", now_), " (2 times since the last such line)");
  EXPECT_EQ(guesses_.to_tell("192.0.2.7", "401", now_), " (6 times since the last such line)");
}

TEST_F(GuessesTest, ManyKindsOfOneAddressFillNoLog) {
  int told = 0;
  for (int i = 0; i < 1000; ++i)
    told += guesses_.to_tell("192.0.2.7", "400 " + std::to_string(i), now_) ? 1 : 0;
  EXPECT_EQ(told, 8);
  now_ += seconds(60);
  EXPECT_EQ(guesses_.to_tell("192.0.2.7", "400 new", now_), " (993 times since the last such line)");
}

TEST_F(GuessesTest, ManyAddressesFillNeitherLogNorMemory) {
  Guesses::Limits limits;
  limits.addresses = 100;
  guesses_ = Guesses(limits);
  int told = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string address = "2001:db8:0:" + std::to_string(i) + "::/64";
    guesses_.wrong(address, "a guess", now_);
    told += guesses_.to_tell(address, "401", now_) ? 1 : 0;
  }
  EXPECT_EQ(told, 20);
  EXPECT_LE(guesses_.size(), 100U);
}

}  // namespace
}  // namespace carillon::web
