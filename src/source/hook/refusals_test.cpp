#include "source/hook/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/key_value.hpp"
#include "fakes/run.hpp"

namespace carillon::source::hook {
namespace {

class RefusalsTest : public testing::Test {
 protected:
  static Refusal wrong_token(std::string why = "the token is wrong") {
    return {.at = 7, .times = 1, .status = 401, .kind = "", .why = std::move(why), .body = "hush"};
  }
  // "STATUS WHY: TIMES, BODY", of each that is kept.
  std::vector<std::string> kept() const {
    std::vector<std::string> all;
    for (const auto& [name, value] : memory_.kept) {
      const Refusal one = refusal_of(value.first);
      all.push_back(std::to_string(one.status) + " " + one.why + ": " + std::to_string(one.times) + ", " +
                    one.body);
    }
    return all;
  }

  asio::io_context io_;
  test::FakeKeyValue memory_;
  Refusals refusals_{"ci", [this] { return &memory_; },
                     [](std::string_view text) { return text == "hush" ? "***" : std::string(text); }};
};

TEST_F(RefusalsTest, AllAreCounted) {
  refusals_.add(wrong_token());
  ASSERT_TRUE(test::run(io_, refusals_.write()));
  EXPECT_THAT(kept(), testing::ElementsAre("401 the token is wrong: 1, ***"));
  for (int i = 0; i < 40; ++i)
    refusals_.add(wrong_token());
  EXPECT_THAT(kept(), testing::ElementsAre("401 the token is wrong: 1, ***")) << "strangers write nothing";
  ASSERT_TRUE(test::run(io_, refusals_.write()));
  ASSERT_TRUE(test::run(io_, refusals_.write()));
  EXPECT_THAT(kept(), testing::ElementsAre("401 the token is wrong: 41, ***"));
}

TEST_F(RefusalsTest, TheLastOneIsKnownAtOnce) {
  EXPECT_FALSE(refusals_.last());
  refusals_.add(wrong_token());
  Refusal odd = wrong_token("line\none");
  odd.status = 400;
  odd.kind = "push";
  refusals_.add(odd);
  ASSERT_TRUE(refusals_.last());
  EXPECT_EQ(refusals_.last()->at, 7);
  EXPECT_EQ(refusals_.last()->status, 400);
  EXPECT_EQ(refusals_.last()->why, "push: line one");
  refusals_.add(wrong_token("hush"));
  EXPECT_EQ(refusals_.last()->why, "***");
}

TEST_F(RefusalsTest, EachReasonIsOne) {
  refusals_.add(wrong_token("a"));
  refusals_.add(wrong_token("b"));
  refusals_.add(wrong_token("a"));
  ASSERT_TRUE(test::run(io_, refusals_.write()));
  EXPECT_THAT(kept(), testing::UnorderedElementsAre("401 a: 2, ***", "401 b: 1, ***"));
}

TEST_F(RefusalsTest, TwoWritesAtOnceCountEachOnce) {
  refusals_.add(wrong_token());
  bool done = false;
  asio::co_spawn(io_, refusals_.write(), [&](std::exception_ptr, const Result<void>&) { done = true; });
  refusals_.add(wrong_token());
  ASSERT_TRUE(test::run(io_, refusals_.write()));
  EXPECT_TRUE(test::run_until(io_, [&] { return done; }));
  EXPECT_THAT(kept(), testing::ElementsAre("401 the token is wrong: 2, ***"));
}

TEST_F(RefusalsTest, ManyReasonsFillNoMemory) {
  for (int i = 0; i < 1000; ++i)
    refusals_.add(wrong_token(std::to_string(i)));
  ASSERT_TRUE(test::run(io_, refusals_.write()));
  EXPECT_EQ(memory_.kept.size(), 200U);
}

TEST_F(RefusalsTest, AreForgottenAfterADay) {
  refusals_.add(wrong_token());
  ASSERT_TRUE(test::run(io_, refusals_.write()));
  ASSERT_TRUE(test::run(io_, refusals_.tidy(7 + test::day)));
  EXPECT_EQ(memory_.kept.size(), 1U);
  ASSERT_TRUE(test::run(io_, refusals_.tidy(8 + test::day)));
  EXPECT_EQ(memory_.kept.size(), 0U);
}

}  // namespace
}  // namespace carillon::source::hook
