#include "reporter/telegram/telegram_pacing.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace carillon::reporter::telegram {
namespace {

using What = Pacing::What;
constexpr Millis start = 1'700'000'000'000;

class PacingTest : public testing::Test {
 protected:
  // When the messages go, in milliseconds from the start, each as early as it may.
  std::vector<Millis> times(const std::string& chat, What what, int count) {
    std::vector<Millis> sent;
    for (int i = 0; i < count; ++i) {
      while (const Millis wait = pacing_.take(chat, what, now_))
        now_ += wait;
      sent.push_back(now_ - start);
    }
    return sent;
  }
  static std::size_t most_within(const std::vector<Millis>& times, Millis span) {
    std::size_t most = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
      std::size_t count = 0;
      for (std::size_t k = i; k < times.size() && times[k] < times[i] + span; ++k)
        ++count;
      most = std::max(most, count);
    }
    return most;
  }
  Pacing pacing_;
  Millis now_ = start;
};

TEST_F(PacingTest, OneASecondInAChat) {
  const auto sent = times("5", What::announcement, 60);
  EXPECT_EQ(sent[3], 0) << "a short burst";
  EXPECT_EQ(sent[4], 4000);
  EXPECT_EQ(sent.back(), 56'000);
  EXPECT_EQ(most_within(sent, 4000), 4U);
}

TEST_F(PacingTest, BurstsDoNotAddUp) {
  std::vector<Millis> sent;
  for (int i = 0; i < 40; ++i) {
    const auto announced = times("5", What::announcement, 4);
    const auto answered = times("5", What::answer, 1 + i % 5);
    sent.insert(sent.end(), announced.begin(), announced.end());
    sent.insert(sent.end(), answered.begin(), answered.end());
  }
  EXPECT_LE(most_within(sent, 4000), 5U);
}

TEST_F(PacingTest, TwentyAMinuteInAGroup) {
  EXPECT_EQ(most_within(times("-5", What::answer, 100), 60'000), 20U);
  EXPECT_EQ(most_within(times("-6", What::announcement, 100), 60'000), 15U) << "room for answers";
  EXPECT_EQ(most_within(times("@channel", What::announcement, 100), 60'000), 15U);
}

TEST_F(PacingTest, ThirtyASecondInAll) {
  std::vector<Millis> sent;
  for (int i = 0; i < 100; ++i) {
    const auto one = times(std::to_string(i), What::answer, 1);
    sent.push_back(one.front());
  }
  EXPECT_EQ(most_within(sent, 1000), 29U);
}

TEST_F(PacingTest, ChatsDoNotWaitForEachOther) {
  times("5", What::announcement, 4);
  EXPECT_GT(pacing_.take("5", What::announcement, now_), 0);
  EXPECT_EQ(pacing_.take("6", What::announcement, now_), 0);
}

TEST_F(PacingTest, AnswersGoFirst) {
  times("5", What::answer, 5);
  const Millis wait = pacing_.take("5", What::answer, now_);
  EXPECT_EQ(wait, 5000);
  now_ += wait;
  EXPECT_GT(pacing_.take("5", What::announcement, now_), 0) << "the answer has not asked again yet";
  EXPECT_EQ(pacing_.take("5", What::answer, now_), 0);
  EXPECT_EQ(pacing_.take("5", What::announcement, now_), 0);
}

TEST_F(PacingTest, AnAnswerThatIsGivenUpHoldsNothingForLong) {
  times("5", What::answer, 5);
  now_ += pacing_.take("5", What::answer, now_);
  now_ += pacing_.take("5", What::announcement, now_);
  EXPECT_EQ(pacing_.take("5", What::announcement, now_), 0);
}

TEST_F(PacingTest, APauseHoldsEverything) {
  pacing_.pause("5", now_ + 7000);
  EXPECT_EQ(pacing_.take("5", What::answer, now_), 7000);
  EXPECT_EQ(pacing_.take("6", What::answer, now_), 0);
  now_ += 7000;
  EXPECT_EQ(pacing_.take("5", What::answer, now_), 0);
}

TEST_F(PacingTest, AClockThatIsSetBackHoldsNothing) {
  times("5", What::announcement, 4);
  EXPECT_EQ(pacing_.take("5", What::announcement, now_ - 3'600'000), 0);
}

TEST_F(PacingTest, ManyChatsAreForgotten) {
  for (int i = 0; i < 5000; ++i) {
    now_ += 100;
    EXPECT_EQ(pacing_.take(std::to_string(i), What::answer, now_), 0);
  }
}

}  // namespace
}  // namespace carillon::reporter::telegram
