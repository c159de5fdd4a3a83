#include "model/build_name.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(ParseBuildName, ReadsUrls) {
  const auto name = parse_build_name("http://ci.example.org/#/builders/3/builds/7");
  EXPECT_EQ(name->builderid, 3);
  EXPECT_EQ(name->number, 7);
  EXPECT_EQ(parse_build_name("http://h/#builders/b%C3%BC/builds/1")->builder, "b\u00fc");
  EXPECT_EQ(parse_build_name("http://h/#builders/a%2Fb/builds/2")->builder, "a/b");
  EXPECT_EQ(parse_build_name("http://h/#builders/a%2Fb/builds/2")->number, 2);
  EXPECT_EQ(parse_build_name("a/b/9")->builder, "a/b");
  EXPECT_EQ(parse_build_name("http://ci.example.org/"), std::nullopt);
  EXPECT_EQ(parse_build_name(""), std::nullopt);
}

}  // namespace
}  // namespace carillon
