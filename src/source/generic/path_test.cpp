#include "source/generic/path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::generic {
namespace {

using testing::HasSubstr;

TEST(GenericPath, LeadsToValues) {
  const json::value body =
      json::parse(R"({"a": {"b": [{"c": 1}, {"c": 2}]}, "odd name": {"x.y": 3, "z]": 4}, "none": null})");
  const json::value headers = json::parse(R"({"x-event": "push"})");
  const auto at = [&](const char* text) {
    const auto path = path_of(text);
    if (!path) return "wrong: " + path.error().what;
    std::string found;
    for (const json::value* value : values_at(*path, {&body, &headers}))
      found += json::serialize(*value) + ";";
    return found;
  };
  EXPECT_EQ(at("$.a.b[0].c"), "1;");
  EXPECT_EQ(at("$.a.b[-1].c"), "2;");
  EXPECT_EQ(at("$.a.b[*].c"), "1;2;");
  EXPECT_EQ(at("$.a.b[2].c"), "");
  EXPECT_EQ(at("$.a.b[-3]"), "");
  EXPECT_EQ(at("$['odd name']['x.y']"), "3;");
  EXPECT_EQ(at(R"($["odd name"]["z]"])"), "4;");
  EXPECT_EQ(at("$.none"), "null;");
  EXPECT_EQ(at("$.none.x"), "");
  EXPECT_EQ(at("$headers.X-Event"), "\"push\";");
  EXPECT_EQ(at("$.a.b.c"), "");
  for (const char* text : {"a.b", "", "$a", "$.", "$.a..b", "$.a[", "$.a[x]", "$.a['b]", "$.a[0]b", "$.a[]"})
    EXPECT_THAT(at(text), HasSubstr("wrong: ")) << text;
}

TEST(GenericPath, TextsHavePlaces) {
  const json::value body = json::parse(R"({"repo": "acme/app", "n": 7, "on": true, "deep": {"x": [1]}})");
  const auto filled_with = [&](const char* text) {
    const auto made = text_of(text);
    return made ? filled(*made, {&body, nullptr}) : "wrong: " + made.error().what;
  };
  EXPECT_EQ(filled_with("{{ body.repo }}/{{body.n}}"), "acme/app/7");
  EXPECT_EQ(filled_with("a {{ body['on'] }} b {{ body.deep.x[0] }} c"), "a true b 1 c");
  EXPECT_EQ(filled_with("{{ body.nonesuch }}{{ body.deep }}|"), "|");
  EXPECT_EQ(filled_with("{{ body.repo"), "wrong: '{{' is not closed");
  EXPECT_EQ(filled_with("{{ repo }}"), "wrong: '{{ repo }}' is no '{{ body.a.b }}'");
  EXPECT_THAT(filled_with("{{ body repo }}"), HasSubstr("wrong: "));
}

}  // namespace
}  // namespace carillon::source::generic
