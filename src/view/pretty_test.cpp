#include "view/pretty.hpp"

#include <gtest/gtest.h>

namespace carillon::view {
namespace {

TEST(Pretty, IndentsWhatHoldsSomething) {
  EXPECT_EQ(
      pretty(json::parse(R"({"a": [1, {"b": "x\ny"}], "c": {}, "d": []})")),
      "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x\\ny\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
}

}  // namespace
}  // namespace carillon::view
