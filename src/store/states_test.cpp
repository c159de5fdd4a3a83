#include "store/states.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace carillon::store {
namespace {

TEST(WithStates, PutsNumbersForNames) {
  EXPECT_EQ(with_states("state = {waiting}"), "state = 0");
  EXPECT_EQ(with_states("SELECT {delivered}, {dead}, {superseded}, {dropped}, {skipped}"),
            "SELECT 1, 2, 3, 4, 5");
}

TEST(WithStates, PutsASetAsBits) {
  EXPECT_EQ(with_states("1 << state & {undelivered} OR 1 << state & {settled}"),
            "1 << state & 5 OR 1 << state & 58");
  EXPECT_EQ(with_states("{counting} {in_force}"), "15 3");
  EXPECT_EQ(with_states("{before_supersede} {before_drop} {before_arrival} {before_retry} {before_death}"),
            "1 5 25 1 1");
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
