#include "view/builds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::view {
namespace {

TEST(BuildsView, ListsOfBuildersGoOnBehindTheLastOne) {
  const std::vector<store::ListedBuilder> two{{"ci", "linux", {}}, {"a/b", "c d/\xc3\xa9", {}}};
  const json::object cut = to_json(two, 2);
  EXPECT_EQ(cut.at("items").as_array().size(), 2U);
  EXPECT_EQ(cut.at("next"), "a%2Fb/c%20d%2F%C3%A9");
  const auto behind = builder_behind(cut.at("next").as_string());
  ASSERT_TRUE(behind);
  EXPECT_EQ(*behind, (store::BuilderName{"a/b", "c d/\xc3\xa9"}));
  EXPECT_TRUE(to_json(two, 3).at("next").is_null()) << "no more than these";
  EXPECT_TRUE(to_json({}, 0).at("next").is_null());
}

TEST(BuildsView, WhatIsNoPlaceInTheListIsSaid) {
  const auto first = builder_behind("");
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, store::BuilderName());
  const auto odd = builder_behind("linux");
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().what, "after: is no `next` of an answer");
}

}  // namespace
}  // namespace carillon::view
