#include "model/sender.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

bool fits(const std::string& build_key, const std::string& buildset_key,
          const char* buildset = R"({"bsid": 1})") {
  Event build;
  build.key = build_key;
  build.body = {
      {"builder", json::object{{"name", "a@b/8"}}}, {"number", 8}, {"buildset", json::parse(buildset)}};
  Event of;
  of.key = buildset_key;
  return may_be_of(build, of);
}

TEST(Sender, ABuildIsOfItsOwnSendersBuildset) {
  EXPECT_TRUE(fits("builds/7:a@b/8/8@one/finished", "buildsets/1@one/complete"));
  EXPECT_FALSE(fits("builds/7:a@b/8/8@one/finished", "buildsets/1@two/complete"));
  EXPECT_TRUE(fits("builds/7:a@b/8/8.2@one/ci/finished", "buildsets/1@one/ci/complete"));
  EXPECT_TRUE(fits("builds/a@b/8/8/finished", "buildsets/1@one/complete")) << "it does not say whose it is";
  EXPECT_TRUE(fits("builds/a@b/8/8@one/finished", "buildsets/1/complete"));
  EXPECT_TRUE(fits("builds/7/finished", "buildsets/1/complete")) << "of a master that is observed";
}

TEST(Sender, ABuildIsOfTheBuildsetThatWasSubmittedWithIt) {
  const char* key = "builds/a@b/8/8@one/finished";
  EXPECT_TRUE(fits(key, "buildsets/1@1700000000/complete", R"({"submitted_at": 1700000000})"));
  EXPECT_FALSE(fits(key, "buildsets/1@1700000000/complete", R"({"submitted_at": 1700000001})"));
  EXPECT_TRUE(fits(key, "buildsets/1@1700000000/complete"));
}

}  // namespace
}  // namespace carillon
