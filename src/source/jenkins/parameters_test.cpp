#include "source/jenkins/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::jenkins {
namespace {

json::object job_with(const char* definitions) {
  return {{"property", json::array{json::object{{"_class", "x"}},
                                   json::object{{"parameterDefinitions", json::parse(definitions)}}}}};
}

TEST(JenkinsParametersTest, EveryKind) {
  const json::object job = job_with(R"([
      {"name": "T", "type": "StringParameterDefinition", "description": "text",
       "defaultParameterValue": {"value": "x"}},
      {"name": "B", "type": "BooleanParameterDefinition", "defaultParameterValue": {"value": true}},
      {"name": "C", "type": "ChoiceParameterDefinition", "choices": ["a", "b"],
       "defaultParameterValue": {"value": "a"}},
      {"name": "P", "type": "PasswordParameterDefinition", "defaultParameterValue": {"value": "s3cret"}},
      {"name": "F", "type": "FileParameterDefinition"},
      {"name": "N", "type": "SomePluginsDefinition", "defaultParameterValue": {"value": 7}},
      {"type": "StringParameterDefinition"}, 7])");
  EXPECT_TRUE(has_parameters(job));
  const hook::Form form = parameters_of(job);
  EXPECT_FALSE(form.branch);
  ASSERT_EQ(form.fields.size(), 4U);
  EXPECT_EQ(form.fields[0].name, "T");
  EXPECT_EQ(form.fields[0].fallback, "x");
  EXPECT_EQ(form.fields[0].description, "text");
  EXPECT_EQ(form.fields[1].kind, hook::Field::Kind::boolean);
  EXPECT_EQ(form.fields[1].fallback, "true");
  EXPECT_EQ(form.fields[2].kind, hook::Field::Kind::choice);
  EXPECT_THAT(form.fields[2].choices, testing::ElementsAre("a", "b"));
  EXPECT_EQ(form.fields[3].fallback, "7");
}

TEST(JenkinsParametersTest, AJobWithPasswordsOnlyHasParameters) {
  const json::object job = job_with(R"([{"name": "P", "type": "PasswordParameterDefinition"}])");
  EXPECT_TRUE(has_parameters(job));
  EXPECT_TRUE(parameters_of(job).fields.empty());
  EXPECT_FALSE(has_parameters({{"property", json::array()}}));
}

TEST(JenkinsParametersTest, AnOrderAsAForm) {
  hook::Order order;
  order.values = {{"A b", "x&y=z"}, {"C", "\xc3\xa4"}};
  EXPECT_EQ(form_text(order), "A%20b=x%26y%3Dz&C=%C3%A4");
  EXPECT_EQ(form_text({}), "");
}

TEST(JenkinsParametersTest, ItemsOfTheQueue) {
  EXPECT_EQ(queue_item_of("https://ci.example.org/jenkins/queue/item/123/"), "123");
  EXPECT_EQ(queue_item_of("/queue/item/7"), "7");
  EXPECT_EQ(queue_item_of("/queue/item/../x"), "");
  EXPECT_EQ(queue_item_of("/job/x/"), "");
}

}  // namespace
}  // namespace carillon::source::jenkins
