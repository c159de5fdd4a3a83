#include "store/sqlite/states.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace carillon::store {
namespace {

TEST(WithStates, PutsNumbersForNames) {
  EXPECT_EQ(with_states("state = {waiting}"), "state = 0");
  EXPECT_EQ(with_states("SELECT {delivered}, {dead}, {superseded}, {dropped}, {skipped}"),
            "SELECT 1, 2, 3, 4, 5");
  EXPECT_EQ(with_states("state IN {undelivered} OR state IN {settled}"),
            "state IN (0,2) OR state IN (1,3,4,5)");
  EXPECT_EQ(with_states("{counting} {in_force}"), "(0,1,2,3) (0,1)");
  EXPECT_EQ(with_states("{before_supersede} {before_drop} {before_arrival} {before_retry} {before_death}"),
            "(0) (0,2) (0,3,4) (0) (0)");
}

TEST(WithStates, LeavesAllElseAlone) {
  EXPECT_EQ(with_states(""), "");
  EXPECT_EQ(with_states("VALUES ('{}', '{\"a\": 1}', '{')"), "VALUES ('{}', '{\"a\": 1}', '{')");
}

TEST(WithStates, ANameThatIsNoneIsABug) {
  EXPECT_THROW(with_states("state = {lost}"), std::logic_error);
}

}  // namespace
}  // namespace carillon::store
