#include "chat/force_form.hpp"

#include <gtest/gtest.h>

namespace carillon::chat {
namespace {

using Words = std::vector<std::string>;

// As Buildbot 3.7 shows a ForceScheduler with two codebases and properties of every kind.
const char* const everything = R"json({
  "name": "force", "label": "Force!", "enabled": true, "builder_names": ["linux", "mac"],
  "all_fields": [
    {"name": "", "fullName": "", "type": "nested", "label": "", "fields": [
      {"name": "username", "fullName": "username", "label": "Your name:", "type": "username",
       "default": "", "required": false, "need_email": false},
      {"name": "reason", "fullName": "reason", "label": "reason", "type": "text", "default": "force build"}]},
    {"name": "", "fullName": "", "type": "nested", "label": "", "fields": [
      {"name": "branch", "fullName": "branch", "label": "Branch:", "type": "text", "default": ""},
      {"name": "project", "fullName": "project", "label": "", "type": "fixed", "hide": true, "default": "p"},
      {"name": "revision", "fullName": "revision", "label": "Revision:", "type": "text", "default": ""}]},
    {"name": "lib", "fullName": "lib", "type": "nested", "label": "Codebase: lib", "fields": [
      {"name": "branch", "fullName": "lib_branch", "label": "Branch:", "type": "text", "default": "main"}]},
    {"name": "level", "fullName": "level", "label": "Level", "type": "int", "default": 3},
    {"name": "clean", "fullName": "clean", "label": "Clean", "type": "bool", "default": true},
    {"name": "kind", "fullName": "kind", "label": "Kind", "type": "list", "strict": true, "required": true,
     "choices": ["fast", "full test"], "default": ""},
    {"name": "targets", "fullName": "targets", "label": "Targets", "type": "list", "strict": false,
     "multiple": true, "choices": ["a", "b", "c"], "default": ["a", "b"]},
    {"name": "note", "fullName": "note", "label": "Note", "type": "textarea", "required": true, "default": "n"},
    {"name": "inherit", "fullName": "inherit", "label": "", "type": "list", "strict": true, "choices": [],
     "default": ""},
    {"name": "patch", "fullName": "patch", "type": "nested", "label": "patch", "fields": [
      {"name": "body", "fullName": "patch_body", "label": "body", "type": "file", "default": ""}]},
    {"name": "secret", "fullName": "secret", "type": "nested", "hide": true, "fields": [
      {"name": "inner", "fullName": "secret_inner", "type": "text", "default": ""}]},
    {"name": "p1", "fullName": "p1", "type": "nested", "label": "", "fields": [
      {"name": "name", "fullName": "p1_name", "label": "Name:", "type": "text", "default": ""},
      {"name": "value", "fullName": "p1_value", "label": "Value:", "type": "text", "default": ""}]}]})json";

Form form_of(const char* text) {
  return Form(json::parse(text).get_object());
}

std::string why(const Result<void>& result) {
  return result ? "accepted" : result.error().what;
}

TEST(ForceForm, ReadsEveryKindOfParameter) {
  const Form form = form_of(everything);
  EXPECT_EQ(form.name(), "force");
  EXPECT_EQ(form.label(), "Force!");
  EXPECT_TRUE(form.enabled());
  EXPECT_TRUE(form.has_builder("mac"));
  EXPECT_FALSE(form.has_builder("windows"));
  Words asked;
  for (const Parameter& parameter : form.parameters()) {
    if (form.is_asked(parameter)) asked.push_back(parameter.name);
  }
  EXPECT_EQ(asked, (Words{"reason", "branch", "revision", "lib_branch", "level", "clean", "kind", "targets",
                          "note", "p1_name", "p1_value"}));
  EXPECT_EQ(form.find("level")->kind, Parameter::Kind::integer);
  EXPECT_EQ(form.find("level")->fallback, Words{"3"});
  EXPECT_EQ(form.find("clean")->kind, Parameter::Kind::boolean);
  EXPECT_EQ(form.find("clean")->fallback, Words{"true"});
  EXPECT_EQ(form.find("kind")->kind, Parameter::Kind::choice);
  EXPECT_EQ(form.find("targets")->fallback, (Words{"a", "b"}));
  EXPECT_EQ(form.find("branch")->label, "Branch");
  ASSERT_EQ(form.headings().size(), 1U);
  EXPECT_EQ(form.headings()[0].label, "Codebase: lib");
  EXPECT_EQ(form.parameters()[form.headings()[0].before].name, "lib_branch");
  const auto missing = form.missing({});
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing.front()->name, "kind");
  EXPECT_TRUE(form.missing({{"kind", {"fast"}}}).empty());
}

TEST(ForceForm, SendsWhatWasSetAndWhatBuildbotWouldMiss) {
  const Form form = form_of(everything);
  EXPECT_EQ(
      form.arguments({}, "Ann"),
      (json::object{
          {"reason", "forced: by Ann: force build"}, {"username", "Ann"}, {"owner", "Ann"}, {"note", "n"}}));
  const Values values = {{"reason", {"why not"}}, {"level", {"-4"}},       {"clean", {"false"}},
                         {"targets", {"c"}},      {"lib_branch", {"dev"}}, {"kind", {"full test"}}};
  EXPECT_EQ(form.arguments(values, "Ann"), (json::object{{"reason", "forced: by Ann: why not"},
                                                         {"username", "Ann"},
                                                         {"owner", "Ann"},
                                                         {"note", "n"},
                                                         {"level", "-4"},
                                                         {"clean", false},
                                                         {"targets", json::array{"c"}},
                                                         {"lib_branch", "dev"},
                                                         {"kind", "full test"}}));
}

TEST(ForceForm, BranchesGoToTheirCodebase) {
  const Form form = form_of(everything);
  Values values;
  EXPECT_EQ(why(form.set_source(values, "lib", "branch", "dev")), "accepted");
  EXPECT_EQ(why(form.set_source(values, "", "branch", "main")), "accepted");
  EXPECT_EQ(why(form.set_source(values, std::nullopt, "revision", "abc")), "accepted");
  EXPECT_EQ(values, (Values{{"lib_branch", {"dev"}}, {"branch", {"main"}}, {"revision", {"abc"}}}));
  EXPECT_EQ(why(form.set_source(values, std::nullopt, "branch", "x")),
            "which codebase's branch? Say --codebase with one of: '', lib");
  EXPECT_EQ(
      why(form.set_source(values, "app", "branch", "x")),
      "scheduler 'force' does not let you set the branch of codebase 'app'; its codebases are: '', lib");
  EXPECT_EQ(why(form.set_source(values, std::nullopt, "project", "x")),
            "scheduler 'force' does not let you set the project");
}

TEST(ForceForm, PropertiesAreParametersOrFillAFreeSlot) {
  const Form form = form_of(everything);
  Values values;
  EXPECT_EQ(why(form.set_property(values, "level", "+7")), "accepted");
  EXPECT_EQ(why(form.set_property(values, "clean", "No")), "accepted");
  EXPECT_EQ(why(form.set_property(values, "targets", "b")), "accepted");
  EXPECT_EQ(why(form.set_property(values, "targets", "z")), "accepted");
  EXPECT_EQ(why(form.set_property(values, "kind", "full test")), "accepted");
  EXPECT_EQ(why(form.set_property(values, "other", "value=1")), "accepted");
  EXPECT_EQ(values, (Values{{"level", {"7"}},
                            {"clean", {"false"}},
                            {"targets", {"b", "z"}},
                            {"kind", {"full test"}},
                            {"p1_name", {"other"}},
                            {"p1_value", {"value=1"}}}));
  EXPECT_EQ(
      why(form.set_property(values, "another", "x")),
      "scheduler 'force' has no parameter 'another' and no room for another property; it takes: branch, "
      "revision, lib_branch, level, clean, kind, targets, note, p1_name, p1_value");
  EXPECT_EQ(why(form.set_property(values, "level", "much")), "'Level' must be a whole number, not 'much'");
  EXPECT_EQ(why(form.set_property(values, "level", "")), "'Level' must be a whole number, not ''");
  EXPECT_EQ(why(form.set_property(values, "clean", "maybe")), "'Clean' must be yes or no, not 'maybe'");
  EXPECT_EQ(why(form.set_property(values, "kind", "slow")),
            "'Kind' must be one of: fast, full test, not 'slow'");
  EXPECT_EQ(why(form.set_property(values, "project", "x")),
            "scheduler 'force' does not let you set 'project'");
  EXPECT_EQ(why(form.set_property(values, "secret_inner", "x")),
            "scheduler 'force' does not let you set 'secret_inner'");
  // Buildbot takes its default for an empty text.
  EXPECT_EQ(why(form.set_property(values, "note", " ")), "accepted");
  EXPECT_FALSE(values.contains("note"));
}

TEST(ForceForm, APropertyMayBeNamedWithoutItsGroup) {
  const Form form = form_of(R"({"name": "f", "all_fields": [
    {"name": "opts", "fullName": "opts", "type": "nested", "fields": [
      {"name": "size", "fullName": "opts_size", "type": "text"}, {"name": "x", "fullName": "opts_x", "type": "text"}]},
    {"name": "more", "fullName": "more", "type": "nested", "fields": [
      {"name": "x", "fullName": "more_x", "type": "text"}]}]})");
  Values values;
  EXPECT_EQ(why(form.set_property(values, "size", "1")), "accepted");
  EXPECT_EQ(values, (Values{{"opts_size", {"1"}}}));
  EXPECT_NE(why(form.set_property(values, "x", "1")), "accepted");
}

TEST(ForceForm, ReasonsOfAFewGoAsTheyAre) {
  const Form form =
      form_of(R"({"name": "f", "all_fields": [{"name": "", "fullName": "", "type": "nested", "fields": [
    {"name": "username", "fullName": "username", "label": "Your name:", "type": "username", "need_email": true,
     "required": true, "default": ""},
    {"name": "why", "fullName": "why", "label": "Why", "type": "list", "strict": true, "choices": ["a", "b"],
     "default": "a"}]}]})");
  Values values;
  EXPECT_EQ(why(form.set_reason(values, "because")), "'Why' must be one of: a, b, not 'because'");
  EXPECT_EQ(why(form.set_reason(values, "b")), "accepted");
  ASSERT_EQ(form.missing(values).size(), 1U);
  EXPECT_EQ(form.missing(values).front()->name, "username");
  values["username"] = {"ann@example.org"};
  EXPECT_EQ(form.arguments(values, "Ann"),
            (json::object{{"username", "ann@example.org"}, {"why", "b"}, {"owner", "Ann"}}));
}

// As Buildbot 3.7 shows InheritBuildParameter, WorkerChoiceParameter, a patch, and labels that occur twice.
TEST(ForceForm, ReadsTheOddOnes) {
  const Form form = form_of(R"json({"name": "odd", "builder_names": ["pass"], "all_fields": [
    {"fullName": null, "name": "", "type": "nested", "label": "", "fields": [
      {"fullName": "username", "name": "username", "label": "Your name:", "type": "username", "need_email": true,
       "required": false, "default": "", "maxsize": null},
      {"fullName": "reason", "name": "reason", "label": "reason", "type": "text", "default": "x", "maxsize": 20}]},
    {"fullName": null, "name": "", "type": "nested", "label": "", "fields": [
      {"fullName": "branch", "name": "branch", "label": "Branch:", "type": "text", "default": ""},
      {"fullName": "patch", "name": "patch", "type": "nested", "label": "patch", "fields": [
        {"fullName": "patch_body", "name": "body", "label": "body", "type": "file", "default": ""},
        {"fullName": "patch_level", "name": "level", "label": "level", "type": "int", "default": 1}]}]},
    {"fullName": "lib", "name": "lib", "type": "nested", "label": "Codebase: lib", "fields": [
      {"fullName": "lib_branch", "name": "branch", "label": "Branch:", "type": "text", "default": ""}]},
    {"fullName": "workername", "name": "workername", "label": "workername", "type": "list", "choices": [],
     "strict": false, "default": ""},
    {"fullName": "like", "name": "like", "label": "Like:", "type": "list", "choices": [], "strict": true,
     "default": ""}]})json");
  Words labels;
  for (const Parameter& parameter : form.parameters()) {
    if (form.is_asked(parameter)) labels.push_back(parameter.label);
  }
  EXPECT_EQ(labels, (Words{"Your name", "reason", "Branch", "Branch (lib)", "workername"}));
  EXPECT_EQ(form.find("workername")->kind, Parameter::Kind::text);
  EXPECT_EQ(form.arguments({{"reason", {"a long story"}}}, "Ann"),
            (json::object{{"reason", "forced: by Ann: a l\u2026"}, {"owner", "Ann"}}));
  Values values;
  EXPECT_EQ(why(form.set_reason(values, "twenty-one characters")), "'reason' takes at most 20 characters");
  EXPECT_EQ(why(form.set_reason(values, "twenty \u00e4\u00f6\u00fc charact.")), "accepted");
  for (const char* address : {"ann@example.org", "Ann <ann@ci.example.org>", ""})
    EXPECT_EQ(why(form.set_property(values, "username", address)), "accepted") << address;
  for (const char* address : {"Ann (@ann)", "@x.y", "ann@", "ann@host", "a @b.c", "ann@.org"})
    EXPECT_NE(why(form.set_property(values, "username", address)), "accepted") << address;
}

TEST(ForceForm, BrokenSchedulersAreHarmless) {
  for (const char* text :
       {"{}", R"({"name": 7, "all_fields": 7, "builder_names": "x", "enabled": null})",
        R"({"all_fields": [7, null, {}, {"fields": [{}, 7]}, {"fields": {}}, {"fields": []}]})",
        R"({"all_fields": [{"fields": [7, 7]}]})",
        R"({"all_fields": [{"fullName": "x", "default": {"a": [1]}, "choices": [null, {}]}]})"}) {
    const Form form = form_of(text);
    EXPECT_TRUE(form.missing({}).empty());
    EXPECT_EQ(form.arguments({}, "a"), (json::object{{"owner", "a"}}));
    Values values;
    EXPECT_FALSE(form.set_reason(values, "x"));
  }
  std::string deep = R"({"fullName": "x", "type": "text"})";
  for (int i = 0; i < 12; ++i)
    deep = R"({"fullName": "g", "fields": [)" + deep + "]}";
  EXPECT_TRUE(form_of((R"({"all_fields": [)" + deep + "]}").c_str()).parameters().empty());
}

}  // namespace
}  // namespace carillon::chat
