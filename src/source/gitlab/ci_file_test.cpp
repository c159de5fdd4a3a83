#include "source/gitlab/ci_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::gitlab {
namespace {

constexpr const char* with_header = R"yaml(
spec:
  inputs:
    level: {type: number, default: 1, description: How loud}
    loud: {type: boolean, default: false}
    where: {options: [a, b]}
    names: {type: array, default: [x]}
    free:
---
include: [{local: more.yml}]
variables:
  PLAIN: x
  QUIET: {value: x}
  TARGET: {value: staging, options: [staging, production], description: Where to}
  WHO: {description: Greeting}
)yaml";

std::string why_no_file(std::string_view text) {
  const auto file = read_ci_file(text);
  return file ? "taken" : file.error().what;
}

TEST(CiFileTest, InputsAndVariables) {
  const auto file = read_ci_file(with_header);
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_TRUE(file->includes);
  std::vector<std::string> names;
  for (const hook::Field& field : file->fields)
    names.push_back(field.name + (field.required ? "!" : ""));
  EXPECT_THAT(names, testing::ElementsAre("inputs.level", "inputs.loud", "inputs.where!", "inputs.names",
                                          "inputs.free!", "TARGET", "WHO"));
  EXPECT_EQ(file->fields[0].kind, hook::Field::Kind::number);
  EXPECT_EQ(file->fields[0].fallback, "1");
  EXPECT_EQ(file->fields[0].description, "How loud");
  EXPECT_EQ(file->fields[1].kind, hook::Field::Kind::boolean);
  EXPECT_THAT(file->fields[2].choices, testing::ElementsAre("a", "b"));
  EXPECT_EQ(file->fields[3].fallback, R"(["x"])");
  EXPECT_EQ(file->fields[5].kind, hook::Field::Kind::choice);
  EXPECT_EQ(file->fields[5].fallback, "staging");
  EXPECT_EQ(file->fields[6].kind, hook::Field::Kind::text);
}

TEST(CiFileTest, FilesThatAskForNothing) {
  for (const char* text : {"", "build: {script: make}", "variables: {A: b}"}) {
    const auto file = read_ci_file(text);
    ASSERT_TRUE(file) << text;
    EXPECT_TRUE(file->fields.empty()) << text;
    EXPECT_FALSE(file->includes) << text;
  }
}

TEST(CiFileTest, SaysWhatIsWrong) {
  EXPECT_EQ(why_no_file("- a"), "it is no mapping");
  EXPECT_TRUE(why_no_file("a: [").starts_with("line "));
  EXPECT_EQ(why_no_file("variables: {A: {description: x, value: []}}"), "variables.A.value: must be a text");
  EXPECT_EQ(why_no_file("variables: {A: {options: x}}"), "variables.A.options: must be a list of texts");
  EXPECT_EQ(why_no_file("spec: {inputs: {a: {options: [[]]}}}\n---\nb: {}\n"),
            "spec.inputs.a.options: must be a list of texts");
}

TEST(CiFileTest, AnOrderHasTheTypesOfItsInputs) {
  hook::Form form;
  form.fields = read_ci_file(with_header)->fields;
  hook::Order order;
  order.values = {{"TARGET", "staging"},   {"WHO", "1"},         {"inputs.level", "2"},
                  {"inputs.loud", "true"}, {"inputs.free", "3"}, {"inputs.names", R"(["y"])"}};
  EXPECT_EQ(json::serialize(pipeline_order("main", form, order)),
            R"({"ref":"main","variables":[{"key":"TARGET","value":"staging"},{"key":"WHO","value":"1"}],)"
            R"("inputs":{"level":2,"loud":true,"free":"3","names":["y"]}})");
  EXPECT_EQ(json::serialize(pipeline_order("v1", form, {})), R"({"ref":"v1"})");
}

}  // namespace
}  // namespace carillon::source::gitlab
