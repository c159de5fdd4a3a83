#include "pipeline/verdict.hpp"

#include <gtest/gtest.h>

#include "fakes/clock.hpp"

namespace carillon::pipeline {
namespace {

using test::day;

Attempt attempt(int number = 1) {
  Attempt facts;
  facts.number = number;
  facts.created = 1000;
  facts.now = 2000;
  facts.give_up_after = 3 * day;
  facts.random = 0.5;
  return facts;
}

Receipt receipt(std::vector<ReceiptPart> parts) {
  Receipt made;
  made.answer = "done";
  made.parts = std::move(parts);
  return made;
}

TEST(Backoff, DoublesToAnHourWithFullJitter) {
  EXPECT_EQ(backoff(1, 0.999), 999);
  EXPECT_EQ(backoff(2, 0.5), 1000);
  EXPECT_EQ(backoff(5, 0.5), 8000);
  EXPECT_EQ(backoff(1000, 0.5), 1800 * 1000);
  EXPECT_EQ(backoff(7, 0.0), 0);
}

TEST(Judge, DeliveredIsDelivered) {
  const Verdict verdict = judge(attempt(), receipt({}));
  EXPECT_EQ(verdict.state, DeliveryState::delivered);
  EXPECT_EQ(verdict.answer, "done");
}

TEST(Judge, RejectedIsDeadAtOnce) {
  EXPECT_EQ(judge(attempt(), rejected("400")).state, DeliveryState::dead);
}

TEST(Judge, UnreachableIsPostponedUntilItIsGivenUp) {
  const Verdict first = judge(attempt(), unreachable("no route"));
  EXPECT_EQ(first.state, DeliveryState::waiting);
  EXPECT_EQ(first.next_at, 2000 + 500);
  EXPECT_TRUE(first.target_silent);
  EXPECT_FALSE(first.pause_until);
  Attempt late = attempt(99);
  late.now = late.created + 3 * day;
  const Verdict last = judge(late, unreachable("no route"));
  EXPECT_EQ(last.state, DeliveryState::dead);
  EXPECT_EQ(last.answer, "given up after 3 days: no route");
}

TEST(Judge, ThrottledPausesTheTargetAsLongAsAsked) {
  const Verdict verdict = judge(attempt(), throttled("429", std::chrono::seconds(120)));
  EXPECT_EQ(verdict.state, DeliveryState::waiting);
  EXPECT_EQ(verdict.next_at, 2000 + 120'000);
  EXPECT_EQ(verdict.pause_until, 2000 + 120'000);
  EXPECT_FALSE(verdict.target_silent);
}

TEST(Judge, NobodyIsAskedAgainSoonerThanTheOrdinaryBackoff) {
  for (const std::int64_t asked : {0L, -5L, -99'999'999'999'999L}) {
    const Verdict verdict = judge(attempt(5), throttled("429", std::chrono::seconds(asked)));
    EXPECT_EQ(verdict.next_at, 2000 + 8000) << asked;
    EXPECT_EQ(verdict.pause_until, 2000 + 8000) << asked;
  }
}

TEST(Judge, APauseThatIsAskedForLastsAnHourAtMost) {
  const std::chrono::seconds endless(99'999'999'999'999);
  Failure busy{Failure::Kind::unreachable, "503", endless};
  for (const Failure& failure : {Failure{Failure::Kind::throttled, "429", endless}, busy}) {
    const Verdict verdict = judge(attempt(), failed(failure));
    EXPECT_EQ(verdict.next_at, 2000 + 3600 * 1000);
  }
  Receipt last = receipt({});
  last.pause = endless;
  EXPECT_EQ(judge(attempt(), last).pause_until, 2000 + 3600 * 1000);
  Attempt documented = attempt();
  documented.longest_pause = day;
  EXPECT_EQ(judge(documented, throttled("429", endless)).pause_until, 2000 + day);
  EXPECT_EQ(judge(documented, throttled("429", std::chrono::seconds(7200))).pause_until, 2000 + 7'200'000);
}

TEST(Judge, EveryRecipientHasItsOwnOutcome) {
  const Verdict verdict = judge(attempt(), receipt({{"a", ReceiptPart::Outcome::delivered, "250"},
                                                    {"b", ReceiptPart::Outcome::retry, "451 greylisted"},
                                                    {"c", ReceiptPart::Outcome::refused, "550 unknown"}}));
  EXPECT_EQ(verdict.state, DeliveryState::waiting);
  EXPECT_EQ(verdict.settled, (std::vector<std::string>{"a", "!c"}));
  EXPECT_EQ(verdict.answer, "b: 451 greylisted; c: 550 unknown");
  Attempt second = attempt(2);
  second.settled = verdict.settled;
  const Verdict end = judge(second, receipt({{"b", ReceiptPart::Outcome::delivered, "250"}}));
  EXPECT_EQ(end.state, DeliveryState::dead) << "somebody was refused, and a person should see that";
  EXPECT_EQ(end.settled, (std::vector<std::string>{"a", "!c", "b"}));
}

TEST(Judge, AnswersAreOneShortLine) {
  const Verdict verdict = judge(attempt(), rejected("a\r\nb" + std::string(5000, 'x')));
  EXPECT_EQ(verdict.answer.find('\n'), std::string::npos);
  EXPECT_LT(verdict.answer.size(), 1100U);
}

}  // namespace
}  // namespace carillon::pipeline
