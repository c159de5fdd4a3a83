#include "source/hook/run_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::hook {
namespace {

using testing::ElementsAre;

TEST(RunIdTest, HasNumbersAndAnAttempt) {
  const auto tried = parts_of("run-7.2", "run-");
  ASSERT_TRUE(tried);
  EXPECT_THAT(tried->numbers, ElementsAre("7"));
  EXPECT_EQ(tried->attempt, "2");
  const auto once = parts_of("run-7", "run-");
  ASSERT_TRUE(once);
  EXPECT_EQ(once->attempt, "");
  const auto two = parts_of("pipeline-3-42.1", "pipeline-", 2);
  ASSERT_TRUE(two);
  EXPECT_THAT(two->numbers, ElementsAre("3", "42"));
  EXPECT_EQ(two->attempt, "1");
  EXPECT_EQ(number_of("build-12", "build-"), "12");
}

TEST(RunIdTest, NothingElseBecomesPartOfAnAddress) {
  for (const char* id :
       {"", "run-", "run-7.", "run-7.x", "run-.2", "run-7.2.3", "run-7/..", "run-7-8", "job-7.2", "run--7"})
    EXPECT_FALSE(parts_of(id, "run-")) << id;
  for (const char* id : {"run-3", "run-3-", "run-3-4-5", "run--4", "run-3-x.1", "run-3.1"})
    EXPECT_FALSE(parts_of(id, "run-", 2)) << id;
  EXPECT_EQ(number_of("build-12.1", "build-"), "");
  EXPECT_EQ(number_of("build-x", "build-"), "");
}

}  // namespace
}  // namespace carillon::source::hook
