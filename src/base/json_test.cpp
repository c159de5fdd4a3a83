#include "base/json.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

std::size_t counted(std::string_view text, Texts texts = Texts::all) {
  return count_values(text, 1000, texts);
}

std::size_t values_of(const json::value& value) {
  std::size_t count = 1;
  if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array)
      count += values_of(item);
  }
  if (const json::object* object = value.if_object()) {
    for (const auto& member : *object)
      count += values_of(member.value());
  }
  return count;
}

TEST(CountValues, CountsWhatIsParsed) {
  for (const std::string_view text :
       {"{}", "[]", "[[], {}]", R"({"a": 1})", R"({"a": {"b": [1, "x,y", null]}, "c": -1.5e3})",
        R"([" [1,2] ", "\\", "\"", [[[true]]]])", R"({"": "", "x": [{}, {"y": []}]})", " [ 1 , 2 ] "}) {
    EXPECT_EQ(counted(text), values_of(json::parse(text))) << text;
  }
}

TEST(CountValues, OfTheFirstTextOrOfAll) {
  EXPECT_EQ(counted("{\"a\": 1}\n[1, 2]\n", Texts::first), 2U);
  EXPECT_EQ(counted("{\"a\": 1}\n[1, 2]\n"), 5U);
}

TEST(CountValues, StopsAboveTheLimit) {
  std::string text = "[1";
  for (int i = 0; i < 5000; ++i)
    text += ",1";
  EXPECT_EQ(count_values(text + "]", 100, Texts::all), 101U);
  EXPECT_EQ(count_values(R"([1, "never ends\)", 100, Texts::all), 3U);
}

}  // namespace
}  // namespace carillon
