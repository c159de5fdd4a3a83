#include "source/hook/test_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/key_value.hpp"
#include "fakes/run.hpp"

namespace carillon::source::hook {
namespace {

using testing::ElementsAre;

class TestMemoryTest : public testing::Test {
 protected:
  bool keep(const std::string& run, const std::string& of, const Tests& tests, Millis now = 0) {
    const auto kept = test::run(io_, memory_.keep(run, of, tests, now));
    if (!kept) refused_ = kept.error().what;
    return kept && *kept;
  }
  std::string of(const std::string& run) {
    const auto tests = *test::run(io_, memory_.of(run));
    if (!tests) return "none";
    return std::to_string(tests->total) + ": " + std::to_string(tests->passed) + " " +
           std::to_string(tests->failed) + " " + std::to_string(tests->skipped);
  }

  asio::io_context io_;
  test::FakeKeyValue kept_;
  TestMemory memory_{"ci", [this] { return &kept_; }};
  std::string refused_;
};

TEST_F(TestMemoryTest, ReportsOfARunAddUp) {
  EXPECT_EQ(of("run-1"), "none");
  const Tests some{.total = 3, .passed = 1, .failed = 1, .skipped = 1, .failed_names = {"a"}};
  EXPECT_TRUE(keep("run-1", "x", some));
  EXPECT_FALSE(keep("run-1", "x", some));
  EXPECT_TRUE(keep("run-1", "y", some));
  EXPECT_TRUE(keep("run-12", "x", some));
  EXPECT_EQ(of("run-1"), "6: 2 2 2");
  EXPECT_THAT((*test::run(io_, memory_.of("run-1")))->failed_names, ElementsAre("a", "a"));
}

TEST_F(TestMemoryTest, ARunHasSoManyReports) {
  for (int i = 0; i < 200; ++i)
    EXPECT_TRUE(keep("run-1", std::to_string(i), {}));
  EXPECT_FALSE(keep("run-1", "more", {}));
  EXPECT_EQ(refused_, "the run has 200 reports of tests, and takes no more");
}

TEST_F(TestMemoryTest, AreThereAfterARestartUntilAnEndWasTold) {
  keep("run-1", "x", {.total = 1, .passed = 1});
  TestMemory again("ci", [this] { return &kept_; });
  EXPECT_TRUE(test::run(io_, again.of("run-1"))->has_value());
  ASSERT_TRUE(test::run(io_, again.forget("run-1", 1)));
  EXPECT_FALSE(test::run(io_, again.of("run-1"))->has_value());
  EXPECT_TRUE(kept_.kept.empty());
}

TEST_F(TestMemoryTest, OldOnesAreForgotten) {
  constexpr Millis two_days = Millis{2} * 24 * 3600 * 1000;
  keep("run-1", "x", {}, 5);
  keep("run-2", "x", {}, 6);
  ASSERT_TRUE(test::run(io_, memory_.tidy(two_days + 6)));
  EXPECT_EQ(of("run-1"), "none");
  EXPECT_EQ(of("run-2"), "0: 0 0 0");
}

}  // namespace
}  // namespace carillon::source::hook
