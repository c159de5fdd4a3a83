#include "dashboard/changes.hpp"

#include <gtest/gtest.h>

namespace carillon::dashboard {
namespace {

TEST(ChangesTest, SayWhatHasChangedSince) {
  Changes changes(100);
  EXPECT_EQ(changes.now(), 100U);
  EXPECT_EQ(changes.since(100), "");
  changes.note({});
  EXPECT_EQ(changes.now(), 100U);
  changes.note({Topic::deliveries, Topic::builds});
  changes.note({Topic::sources});
  EXPECT_EQ(changes.now(), 102U);
  EXPECT_EQ(changes.since(100), "builds deliveries sources");
  EXPECT_EQ(changes.since(101), "sources");
  EXPECT_EQ(changes.since(102), "");
}

TEST(ChangesTest, EverythingHasChangedForWhoKnowsAnotherLife) {
  const Changes changes(100);
  EXPECT_EQ(changes.since(99), "builds deliveries reporters sources silences replays");
  EXPECT_EQ(changes.since(101), "builds deliveries reporters sources silences replays");
}

}  // namespace
}  // namespace carillon::dashboard
