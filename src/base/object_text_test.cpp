#include "base/object_text.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(ObjectText, IsWhatSerializeReturns) {
  for (const char* text :
       {"{}", R"({"a":1})", R"({"a":"x,\"y\"","b \"quoted\"":{"c":[1,2,{"d":null}]},"":"","e":1.5E300})"}) {
    const json::object object = json::parse(text).as_object();
    EXPECT_EQ(ObjectText(object).text(), json::serialize(object)) << text;
  }
}

TEST(ObjectText, ManyLargeMembers) {
  json::object object;
  for (int i = 0; i < 50; ++i)
    object["member \xF0\x9F\x94\x94 " + std::to_string(i)] =
        std::string(static_cast<std::size_t>(i) * 300, '"');
  const ObjectText text(object);
  EXPECT_EQ(text.text(), json::serialize(object));
  ASSERT_EQ(text.size(), object.size());
}

TEST(ObjectText, KnowsItsMembers) {
  const json::object object = json::parse(R"({"a":1,"b,":{"c":[true]},"":"}"})").as_object();
  const ObjectText text(object);
  ASSERT_EQ(text.size(), 3U);
  EXPECT_EQ(text.member(0), R"("a":1)");
  EXPECT_EQ(text.member(1), R"("b,":{"c":[true]})");
  EXPECT_EQ(text.member(2), R"("":"}")");
}

TEST(ObjectText, AppendsWhatSerializeReturns) {
  const json::value value = json::parse(R"(["\u0001\n\u00e9",[],{"a":-0.0}])");
  std::string out = "before ";
  append_json(out, value);
  EXPECT_EQ(out, "before " + json::serialize(value));
}

}  // namespace
}  // namespace carillon
