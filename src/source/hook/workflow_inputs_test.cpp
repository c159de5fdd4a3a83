#include "source/hook/workflow_inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source/hook/form.hpp"

namespace carillon::source::hook {
namespace {

std::string why_no_inputs(std::string_view file) {
  const auto inputs = workflow_inputs(file);
  return inputs ? "none" : inputs.error().what;
}

constexpr const char* every_kind = R"yaml(
name: CI
on:
  push: {branches: [main]}
  workflow_dispatch:
    inputs:
      target: {description: Where to, type: choice, options: [staging, production], required: true}
      dry: {type: boolean, default: true}
      level: {type: number, default: 1.10}
      place: {type: environment}
      reason: {description: Why}
      requested_by:
      branch: {description: Of the docs, default: gh-pages}
      long: {description: "This is such a long description that nobody would want to read it on a button"}
)yaml";

TEST(WorkflowInputsTest, EveryKind) {
  const auto inputs = workflow_inputs(every_kind);
  ASSERT_TRUE(inputs) << inputs.error().what;
  ASSERT_EQ(inputs->fields.size(), 8U);
  const Field& target = inputs->fields[0];
  EXPECT_EQ(target.name, "target");
  EXPECT_EQ(target.description, "Where to");
  EXPECT_EQ(target.kind, Field::Kind::choice);
  EXPECT_TRUE(target.required);
  EXPECT_THAT(target.choices, testing::ElementsAre("staging", "production"));
  EXPECT_EQ(inputs->fields[1].kind, Field::Kind::boolean);
  EXPECT_EQ(inputs->fields[1].fallback, "true");
  EXPECT_FALSE(inputs->fields[1].required);
  EXPECT_EQ(inputs->fields[2].kind, Field::Kind::number);
  EXPECT_EQ(inputs->fields[2].fallback, "1.10");
  EXPECT_EQ(inputs->fields[3].kind, Field::Kind::text);
  EXPECT_THAT(inputs->environments, testing::ElementsAre("place"));
  EXPECT_EQ(inputs->fields[5].name, "requested_by");
}

TEST(WorkflowInputsTest, TheEventMayStandInAnyWay) {
  for (const char* file :
       {"on: workflow_dispatch", "on: [push, workflow_dispatch]", "on: {workflow_dispatch: }",
        "on: {workflow_dispatch: {inputs: }}", "'on': workflow_dispatch"}) {
    const auto inputs = workflow_inputs(file);
    ASSERT_TRUE(inputs) << file << ": " << inputs.error().what;
    EXPECT_TRUE(inputs->fields.empty()) << file;
  }
}

TEST(WorkflowInputsTest, SaysWhatIsWrong) {
  const std::string none = "the workflow has no `workflow_dispatch` below `on`: nobody can start it";
  EXPECT_EQ(why_no_inputs("on: push"), none);
  EXPECT_EQ(why_no_inputs("on: [push]"), none);
  EXPECT_EQ(why_no_inputs("jobs: {}"), none);
  EXPECT_EQ(why_no_inputs(""), "it is empty");
  EXPECT_EQ(why_no_inputs("- a"), "it is no mapping");
  EXPECT_TRUE(why_no_inputs("on: [").starts_with("line "));
  const auto of_input = [](const std::string& input) {
    return why_no_inputs("on: {workflow_dispatch: {inputs: " + input + "}}");
  };
  EXPECT_EQ(of_input("[a]"), "on.workflow_dispatch.inputs: must be a mapping");
  EXPECT_EQ(of_input("{a: b}"), "on.workflow_dispatch.inputs.a: must be a mapping");
  EXPECT_EQ(of_input("{a: {type: colour}}"),
            "on.workflow_dispatch.inputs.a.type: 'colour' is none that is known");
  EXPECT_EQ(of_input("{a: {type: [x]}}"), "on.workflow_dispatch.inputs.a.type: must be a text");
  EXPECT_EQ(of_input("{a: {default: {}}}"), "on.workflow_dispatch.inputs.a.default: must be a text");
  EXPECT_EQ(of_input("{a: {type: choice}}"),
            "on.workflow_dispatch.inputs.a.options: a choice needs a list of them");
  EXPECT_EQ(of_input("{a: {type: choice, options: [[]]}}"),
            "on.workflow_dispatch.inputs.a.options: must hold texts only");
  std::string many = "{";
  for (int i = 0; i < 101; ++i)
    many += "a" + std::to_string(i) + ": , ";
  EXPECT_EQ(of_input(many + "}"), "on.workflow_dispatch.inputs: too many");
}

class FormTest : public testing::Test {
 protected:
  FormTest() {
    form_.branch = "main";
    form_.fields = workflow_inputs(every_kind)->fields;
  }
  std::string refused(const json::object& params) {
    const auto order = order_of(form_, params);
    return order ? "taken" : order.error().what;
  }
  Form form_;
};

TEST_F(FormTest, IsAForceScheduler) {
  const json::object made = scheduler_of("github", {"acme/app/CI"}, &form_);
  EXPECT_EQ(made.at("name"), "github");
  EXPECT_EQ(made.at("builder_names"), json::array({"acme/app/CI"}));
  std::vector<std::string> shown;
  for (const json::object* field : objects_at(made, "all_fields"))
    shown.push_back(text_at(*field, "fullName") + ":" + text_at(*field, "type") + ":" +
                    text_at(*field, "label"));
  EXPECT_THAT(shown, testing::ElementsAre(":nested:", "branch:text:Branch", "target:list:Where to",
                                          "dry:bool:dry", "level:text:level", "place:text:place",
                                          "inputs.branch:text:Of the docs", "long:text:long"));
  const auto fields = objects_at(made, "all_fields");
  EXPECT_EQ(fields[1]->at("default"), "main");
  EXPECT_EQ(fields[2]->at("required"), true);
  EXPECT_EQ(fields[2]->at("choices"), json::array({"staging", "production"}));
  EXPECT_EQ(fields[3]->at("default"), true);
  EXPECT_FALSE(scheduler_of("github", {}, nullptr).contains("all_fields"));
}

TEST_F(FormTest, WhatWasSaidBecomesAnOrder) {
  const auto order = order_of(form_, {{"builderid", 3},
                                      {"owner", "Ann on #dev"},
                                      {"username", "Ann on #dev"},
                                      {"reason", "forced: by Ann on #dev: now"},
                                      {"branch", "next"},
                                      {"target", "staging"},
                                      {"dry", false},
                                      {"level", "2.5"},
                                      {"inputs.branch", "docs"}});
  ASSERT_TRUE(order) << order.error().what;
  EXPECT_EQ(order->branch, "next");
  using Value = std::pair<std::string, std::string>;
  EXPECT_THAT(order->values,
              testing::ElementsAre(Value("target", "staging"), Value("dry", "false"), Value("level", "2.5"),
                                   Value("reason", "forced: by Ann on #dev: now"),
                                   Value("requested_by", "Ann on #dev"), Value("branch", "docs")));
}

TEST_F(FormTest, SaysAllThatIsWrong) {
  EXPECT_EQ(refused({{"owner", "Ann"}}), "target: required");
  EXPECT_EQ(
      refused({{"target", "moon"}, {"dry", "perhaps"}, {"level", "loud"}, {"colour", "red"}}),
      "target: must be one of: staging, production; not 'moon'; dry: must be true or false, not 'perhaps'; "
      "level: must be a number, not 'loud'; colour: there is no such parameter");
  form_.branch.reset();
  EXPECT_EQ(refused({{"target", "staging"}, {"branch", "x"}}), "branch: there is no such parameter");
}

}  // namespace
}  // namespace carillon::source::hook
