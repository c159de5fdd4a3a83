#include "model/replay_mark.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

constexpr std::int64_t number = 1'700'000'000'000;

TEST(ReplayMark, ComesOffAgain) {
  EXPECT_EQ(replay_mark(0), "");
  const std::string mark = replay_mark(number);
  EXPECT_EQ(without_replay("github:ci/builds/7/finished" + mark + "#0"), "github:ci/builds/7/finished#0");
  EXPECT_EQ(without_replay("mail:ci/builds/7/finished" + mark), "mail:ci/builds/7/finished");
  EXPECT_EQ(without_replay("mail:ci/builds/7/finished"), "mail:ci/builds/7/finished");
}

}  // namespace
}  // namespace carillon
