#include "source/hook/test_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/run.hpp"

namespace carillon::source::hook {
namespace {

using testing::ElementsAre;

class KeptValues final : public store::KeyValue {
 public:
  Task<void> remember(std::string owner, std::string key, json::value value, Millis now) override {
    kept_[owner + "|" + key] = {std::move(value), now};
    co_return ok();
  }
  Task<std::map<std::string, json::value>> recall(std::string owner, std::string prefix) override {
    std::map<std::string, json::value> found;
    for (const auto& [key, one] : kept_) {
      if (key.starts_with(owner + "|" + prefix)) found.emplace(key.substr(owner.size() + 1), one.first);
    }
    co_return found;
  }
  Task<void> forget(std::string owner, std::string prefix, Millis before) override {
    std::erase_if(kept_, [&](const auto& one) {
      return one.first.starts_with(owner + "|" + prefix) && one.second.second < before;
    });
    co_return ok();
  }

 private:
  std::map<std::string, std::pair<json::value, Millis>> kept_;
};

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
  KeptValues kept_;
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
