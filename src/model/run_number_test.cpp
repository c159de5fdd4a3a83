#include "model/run_number.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(RunNumber, IsInOrderByNumberAndThenByAttempt) {
  EXPECT_LT((RunNumber{42, 1}), (RunNumber{42, 2}));
  EXPECT_LT((RunNumber{42, 9}), (RunNumber{43, 1}));
  EXPECT_EQ((RunNumber{42}), (RunNumber{42, 1}));
}

TEST(RunNumber, SaysWhichTryItIsOnlyOfALaterOne) {
  EXPECT_EQ(run_title({42, 1}, "linux"), "build #42 of linux");
  EXPECT_EQ(run_title({42, 2}, "linux"), "build #42, attempt 2, of linux");
  EXPECT_EQ(run_title({42, -1}, "linux"), "build #42 of linux");
  EXPECT_EQ(attempt_mark({42, 1}), "");
  EXPECT_EQ(attempt_mark({42, 12}), ", attempt 12");
}

}  // namespace
}  // namespace carillon
