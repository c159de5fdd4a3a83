#include "model/members.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(MembersTest, ResultsAreBuildbotsNumbers) {
  const json::object build{{"results", 2}, {"prev_build", json::object{{"results", 0}}}, {"odd", 7}};
  EXPECT_EQ(results_at(build), Results::failure);
  EXPECT_EQ(results_at(build, "prev_build.results"), Results::success);
  EXPECT_EQ(results_at(build, "odd"), std::nullopt);
  EXPECT_EQ(results_at(build, "none"), std::nullopt);
}

TEST(MembersTest, OnlyTheObjectsOfAListAreTaken) {
  const json::object build{{"steps", json::array{json::object{{"name", "make"}}, 3, "x"}}, {"text", "y"}};
  const auto steps = objects_at(build, "steps");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(text_at(*steps[0], "name"), "make");
  EXPECT_TRUE(objects_at(build, "text").empty());
  EXPECT_TRUE(objects_at(build, "none").empty());
}

TEST(MembersTest, ALogsTextIsBareOrAsTheDataApiHasIt) {
  EXPECT_EQ(log_text({{"content", "olike this\n"}}), "olike this\n");
  EXPECT_EQ(log_text({{"content", json::object{{"content", "or so"}}}}), "or so");
  EXPECT_EQ(log_text({{"content", nullptr}}), "");
  EXPECT_EQ(log_text({}), "");
}

}  // namespace
}  // namespace carillon
