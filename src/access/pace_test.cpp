#include "access/pace.hpp"

#include <gtest/gtest.h>

namespace carillon::access {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PaceTest : public testing::Test {
 protected:
  std::optional<seconds> ask(const std::string& address = "a") { return pace_.ask(address, now_); }

  Pace pace_{{3, milliseconds(500), 4}};
  Pace::Time now_{std::chrono::hours(1)};
};

TEST_F(PaceTest, SomeAtOnceAndThenOneFromTimeToTime) {
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask(), std::nullopt) << i;
  EXPECT_EQ(ask(), seconds(1));
  EXPECT_EQ(ask("b"), std::nullopt);
  now_ += milliseconds(499);
  EXPECT_EQ(ask(), seconds(1)) << "what was refused does not count, and time is not given away";
  now_ += milliseconds(1);
  EXPECT_EQ(ask(), std::nullopt);
  EXPECT_EQ(ask(), seconds(1));
  now_ += seconds(10);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask(), std::nullopt) << "no more than at once is saved up";
  EXPECT_EQ(ask(), seconds(1));
}

TEST_F(PaceTest, SaysHowLongToWait) {
  Pace slow({1, milliseconds(2'500), 4});
  EXPECT_EQ(slow.ask("a", now_), std::nullopt);
  EXPECT_EQ(slow.ask("a", now_), seconds(3));
}

TEST_F(PaceTest, RemembersAFewAddresses) {
  for (const char* address : {"a", "b", "c", "d"})
    EXPECT_EQ(ask(address), std::nullopt);
  now_ += seconds(1);
  EXPECT_EQ(ask("e"), std::nullopt);
  EXPECT_EQ(pace_.size(), 1U) << "the others have all of theirs again";
  for (const char* address : {"f", "g", "h", "i", "j"})
    EXPECT_EQ(ask(address), std::nullopt);
  EXPECT_LE(pace_.size(), 4U);
}

}  // namespace
}  // namespace carillon::access
