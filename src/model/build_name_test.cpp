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

TEST(ParseBuildName, ReadsAddressesOfOurPages) {
  const auto name = parse_build_name("https://bell.example.org/x/b/b%C3%BC%2Fa/7?source=ci");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->builder, "b\u00fc/a");
  EXPECT_EQ(name->number, 7);
  EXPECT_EQ(name->source, "ci");
  EXPECT_EQ(parse_build_name("http://h/b/linux/7/preview/mail")->number, 7);
  EXPECT_EQ(parse_build_name("http://h/b/~../7")->builder, "..");
  for (const char* wrong :
       {"http://h/b/linux", "http://h/b/linux/latest", "http://h/b//7", "http://h/linux/7"})
    EXPECT_FALSE(parse_build_name(wrong)) << wrong;
}

}  // namespace
}  // namespace carillon
