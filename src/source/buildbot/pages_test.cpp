#include "source/buildbot/pages.hpp"

#include <gtest/gtest.h>

namespace carillon::source::buildbot {
namespace {

std::string version_of(const char* config) {
  return version_in(json::parse(config).as_object());
}

TEST(Pages, TheVersionInWhatAMasterSaysOfItself) {
  EXPECT_EQ(version_of(R"({"title": "Buildbot", "versions": [["Python", "3.11.2"], ["Buildbot", "4.0.1"]]})"),
            "4.0.1");
  for (const char* without : {"{}", R"({"versions": 7})", R"({"versions": [["Buildbot"], "Buildbot", 7]})",
                              R"({"versions": [["Buildbot", 4]]})", R"({"versions": [["buildbot", "1"]]})"})
    EXPECT_EQ(version_of(without), "") << without;
}

TEST(Pages, WhichVersionsNeedTheSlash) {
  for (const char* with : {"3.8.0", "3.8.0.dev12", "3.11.9", "4.0", "4.0.4", "v4.0.1-12-gabc"})
    EXPECT_TRUE(links_with_slash(with)) << with;
  for (const char* without : {"", "0.9.1", "2.5.1", "3.7.0", "4.1.0", "4.3.0", "5.0", "latest", "4", "4."})
    EXPECT_FALSE(links_with_slash(without)) << without;
}

}  // namespace
}  // namespace carillon::source::buildbot
