#include "reporter/log_file.hpp"

#include <gtest/gtest.h>

namespace carillon::reporter {
namespace {

TEST(WithoutChannels, TakesTheLettersOnly) {
  EXPECT_EQ(without_channels("oout\neerr\n\nhead\nxyz\n"), "out\nerr\n\nead\nxyz\n");
}

TEST(LogChoice, ByNameOrWithTheStep) {
  EXPECT_FALSE(LogChoice().any());
  EXPECT_FALSE(LogChoice().wants("make", "stdio"));
  EXPECT_TRUE((LogChoice{true, {}}).wants("make", "stdio"));
  const LogChoice some{false, {"stdio", "test.log"}};
  EXPECT_TRUE(some.any());
  EXPECT_TRUE(some.wants("make", "stdio"));
  EXPECT_TRUE(some.wants("test", "log"));
  EXPECT_FALSE(some.wants("make", "log"));
}

}  // namespace
}  // namespace carillon::reporter
