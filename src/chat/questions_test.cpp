#include "chat/questions.hpp"

#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/memory.hpp"
#include "fakes/run.hpp"

namespace carillon::chat {
namespace {

constexpr Millis hour = 3'600'000;

class QuestionsTest : public ::testing::Test {
 protected:
  bool done(Task<void> task) {
    kept_.now = clock_.now();
    return test::run(io_, std::move(task)).has_value();
  }

  asio::io_context io_;
  test::FakeClock clock_;
  test::KeptThings kept_;
  test::FakeMemory memory_{kept_};
  Questions questions_{memory_, clock_};
};

TEST_F(QuestionsTest, TheAnswerIsQuotedAndAppended) {
  ASSERT_TRUE(done(questions_.ask("-1", "7", "/stop build linux ")));
  EXPECT_EQ(questions_.answered("-1", "7", "it's {0} $(x)"), "/stop build linux 'it'\"'\"'s {0} $(x)'");
  EXPECT_EQ(questions_.answered("-1", "8", "x"), std::nullopt);
  EXPECT_EQ(questions_.answered("-2", "7", "x"), std::nullopt);
  ASSERT_TRUE(done(questions_.ask("-1", "7", "/force ")));
  EXPECT_EQ(questions_.answered("-1", "7", "x"), "/force x");
  ASSERT_TRUE(done(questions_.forget("-1", "7")));
  EXPECT_EQ(questions_.answered("-1", "7", "x"), std::nullopt);
  EXPECT_TRUE(kept_.by_key.empty());
}

TEST_F(QuestionsTest, PlacesAndPersonsAreToldApart) {
  ASSERT_TRUE(done(questions_.ask("a/b", "c", "/one ")));
  EXPECT_EQ(questions_.answered("a", "b/c", "x"), std::nullopt);
  EXPECT_TRUE(kept_.by_key.contains("ask/a%2Fb/c"));
}

TEST_F(QuestionsTest, SurviveARestartForADay) {
  ASSERT_TRUE(done(questions_.ask("-1", "7", "/stop build linux ")));
  clock_.advance(23 * hour);
  Questions later(memory_, clock_);
  ASSERT_TRUE(done(later.restore()));
  EXPECT_EQ(later.answered("-1", "7", "x"), "/stop build linux x");
  clock_.advance(2 * hour);
  EXPECT_EQ(later.answered("-1", "7", "x"), std::nullopt);
  Questions much_later(memory_, clock_);
  ASSERT_TRUE(done(much_later.restore()));
  EXPECT_EQ(much_later.answered("-1", "7", "x"), std::nullopt);
  EXPECT_TRUE(kept_.by_key.empty());
}

TEST_F(QuestionsTest, WhatIsBrokenIsLeftOut) {
  for (const char* value : {"7", "null", "{}", R"({"before": 1, "at": 2})", R"({"before": "x"})"})
    kept_.by_key.insert_or_assign("ask/1/" + std::to_string(kept_.by_key.size()),
                                  std::pair(json::parse(value), clock_.now()));
  ASSERT_TRUE(done(questions_.restore()));
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(questions_.answered("1", std::to_string(i), "x"), std::nullopt);
}

TEST_F(QuestionsTest, WithoutMemoryTheyHoldUntilARestart) {
  kept_.failure = Failure{Failure::Kind::unreachable, "disk full", std::nullopt};
  EXPECT_FALSE(done(questions_.ask("-1", "7", "/a ")));
  EXPECT_EQ(questions_.answered("-1", "7", "x"), "/a x");
  EXPECT_FALSE(done(questions_.forget("-1", "7")));
  EXPECT_EQ(questions_.answered("-1", "7", "x"), std::nullopt);
  EXPECT_FALSE(done(questions_.restore()));
}

}  // namespace
}  // namespace carillon::chat
