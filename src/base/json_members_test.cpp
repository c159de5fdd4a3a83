#include "base/json_members.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(DoubledMember, IsTheFirstOne) {
  EXPECT_EQ(doubled_member(R"({"a": 1, "b": 2, "a": 3, "b": 4})"), "a");
  EXPECT_EQ(doubled_member(R"({"ids": [{"x": 1}, {"x": 1}], "filter": {"to": "", "a": [{}], "to": 5}})"),
            "filter.to");
  EXPECT_EQ(doubled_member(R"([{"a": {"b": 1, "\u0062": 2}}])"), "a.b") << "however it is written";
  EXPECT_EQ(doubled_member(R"({"a": 1, "a": 2, )"), "a");
}

TEST(DoubledMember, OthersAreNone) {
  for (const char* text : {"", "5", "[1, 1]", R"({"a": {"a": {"a": 1}}, "b": {"a": 1}})",
                           R"([{"a": 1}, {"a": 1}])", R"({"a": 1 "a": 2})", "nonsense"})
    EXPECT_EQ(doubled_member(text), std::nullopt) << text;
}

}  // namespace
}  // namespace carillon
