// force: as a line of text, and its dialogue.
#include "fakes/bot_fixture.hpp"

namespace carillon::chat {
namespace {

const char* const schedulers = R"json({"forceschedulers": [
  {"name": "simple", "label": "simple", "enabled": true, "builder_names": ["linux"], "all_fields": [
    {"name": "", "fullName": "", "type": "nested", "label": "", "fields": [
      {"name": "username", "fullName": "username", "label": "Your name:", "type": "username",
       "default": "", "need_email": false},
      {"name": "reason", "fullName": "reason", "label": "reason", "type": "text", "default": "force build"}]},
    {"name": "", "fullName": "", "type": "nested", "label": "", "fields": [
      {"name": "branch", "fullName": "branch", "label": "Branch:", "type": "text", "default": ""},
      {"name": "revision", "fullName": "revision", "label": "Revision:", "type": "text", "default": ""}]}]},
  {"name": "rich", "label": "Rich one", "enabled": true, "builder_names": ["linux", "my builder", "windows"],
   "all_fields": [
    {"name": "", "fullName": "", "type": "nested", "label": "", "fields": [
      {"name": "username", "fullName": "username", "label": "Your name:", "type": "username",
       "default": "", "need_email": false},
      {"name": "reason", "fullName": "reason", "label": "reason", "type": "text", "default": ""}]},
    {"name": "level", "fullName": "level", "label": "Level", "type": "int", "default": 0},
    {"name": "clean", "fullName": "clean", "label": "Clean", "type": "bool", "default": false},
    {"name": "kind", "fullName": "kind", "label": "Kind", "type": "list", "strict": true, "required": true,
     "choices": ["fast", "full test"], "default": ""},
    {"name": "targets", "fullName": "targets", "label": "Targets", "type": "list", "strict": true,
     "multiple": true, "choices": ["a", "b"], "default": []},
    {"name": "host", "fullName": "host", "label": "Host", "type": "list", "strict": false,
     "choices": ["h1", "h2"], "default": "h1"}]},
  {"name": "off", "label": "off", "enabled": false, "builder_names": ["linux"], "all_fields": []}]})json";

class ForceTest : public test::BotFixture {
 protected:
  ForceTest() {
    settings_.authz = authz_of({{"!", true}});
    ci_->answer("forceschedulers", schedulers);
    ci_->control_answer = json::parse("[9, {\"1\": 13}]");
  }
  const test::FakeMaster::Control& forced() {
    static const test::FakeMaster::Control none;
    EXPECT_EQ(ci_->controlled.size(), 1U);
    return ci_->controlled.empty() ? none : ci_->controlled.back();
  }
};

TEST_F(ForceTest, StartsABuild) {
  EXPECT_EQ(words("force build --branch=main --revision abc linux it is \"time to\" build"),
            "Force build successfully requested.");
  EXPECT_EQ(forced().path, "forceschedulers/simple");
  EXPECT_EQ(forced().method, "force");
  EXPECT_EQ(forced().params, (json::object{{"reason", "forced: by Ann on #Dev: it is time to build"},
                                           {"username", "Ann on #Dev"},
                                           {"owner", "Ann on #Dev"},
                                           {"branch", "main"},
                                           {"revision", "abc"},
                                           {"builderid", 1}}));
}

TEST_F(ForceTest, TheEndOfTheBuildIsAnnounced) {
  say("force build linux now");
  start();
  BuildFacts facts;
  facts.builder = "linux";
  facts.number = 8;
  facts.buildset = 9;
  facts.results = Results::success;
  const auto told = [&] {
    return bot_->subscriptions()->listeners(EventKind::build_finished, "ci", facts, std::nullopt).size();
  };
  EXPECT_EQ(told(), 1U);
  facts.buildset = 10;
  EXPECT_EQ(told(), 0U);
  facts.number = 0;
  EXPECT_EQ(told(), 0U);
}

TEST_F(ForceTest, TheSchedulerThatCanIsChosen) {
  EXPECT_EQ(words("force build --props=kind=fast,level=2 linux now"), "Force build successfully requested.");
  EXPECT_EQ(forced().path, "forceschedulers/rich");
  EXPECT_EQ(forced().params.at("kind"), "fast");
  EXPECT_EQ(forced().params.at("level"), "2");
  ci_->controlled.clear();
  EXPECT_EQ(words("force build --scheduler=rich --properties=kind='full test' --builder='my builder' -- now"),
            "Force build successfully requested.");
  EXPECT_EQ(forced().params.at("builderid"), 4);
  EXPECT_EQ(forced().params.at("kind"), "full test");
}

TEST_F(ForceTest, SaysWhatIsMissingOrUnknown) {
  const std::string usage = ". Try 'force build [--codebase=";
  EXPECT_TRUE(words("force").starts_with("Try 'force build "));
  EXPECT_TRUE(words("force build").starts_with("Try 'force build "));
  EXPECT_TRUE(words("force linux now").starts_with("Try 'force build "));
  EXPECT_TRUE(words("force build --branch=x").starts_with("you must provide a BUILDER" + usage));
  EXPECT_TRUE(words("force build --tea=x linux").starts_with("there is no option --tea" + usage));
  EXPECT_TRUE(words("force build linux --branch=x").starts_with("Force build"));  // that is the reason
  EXPECT_TRUE(words("force build --branch").starts_with("--branch wants a value" + usage));
  EXPECT_TRUE(
      words("force build --branch=a --branch=b linux").starts_with("--branch is given twice" + usage));
  EXPECT_TRUE(words("force build --reason=a linux b").starts_with("the reason is given twice" + usage));
  EXPECT_TRUE(
      words("force build --props=a linux").starts_with("--props wants NAME=VALUE,NAME=VALUE..., not 'a'"));
  EXPECT_EQ(words("force build nosuch now"), "no such builder 'nosuch'");
  EXPECT_EQ(words("force build old now"),
            "I can't: no force scheduler can start 'old'; there are: rich (linux, my builder, windows), "
            "simple (linux)");
  EXPECT_EQ(
      words("force build --scheduler=off linux now"),
      "I can't: no force scheduler 'off' can start 'linux'; there are: rich (linux, my builder, windows), "
      "simple (linux)");
  EXPECT_EQ(words("force build windows now"),
            "I can't: scheduler 'rich' needs a value for: kind (try --props=NAME=VALUE)");
  EXPECT_EQ(words("force build --props=kind=slow windows now"),
            "I can't: 'Kind' must be one of: fast, full test, not 'slow'");
  EXPECT_EQ(words("force build --branch=x windows now"),
            "I can't: scheduler 'rich' does not let you set the branch");
  ci_->answer("forceschedulers", R"({"forceschedulers": []})");
  EXPECT_EQ(words("force build linux now"),
            "I can't: no force scheduler can start 'linux'; none is configured");
  ci_->answers.erase("forceschedulers");
  EXPECT_EQ(words("force build linux now"),
            "I can't: no force scheduler can start 'linux'; none is configured\nI could not ask 'ci': 404");
}

TEST_F(ForceTest, TheMastersRefusalIsTold) {
  ci_->control_answer = rejected("branch: does not match pattern");
  EXPECT_EQ(words("force build linux now"), "I can't: branch: does not match pattern");
  EXPECT_FALSE(kept_.by_key.contains("subscriptions"));
}

TEST_F(ForceTest, TheMasterOfTheBuilderIsAsked) {
  auto two = test::sample_master("two");
  two->answer("forceschedulers", schedulers);
  two->control_answer = ci_->control_answer;
  sources_.push_back(two);
  EXPECT_TRUE(words("force build linux now").starts_with("there are several builders 'linux'"));
  EXPECT_EQ(words("force build two/linux now"), "Force build successfully requested.");
  EXPECT_TRUE(ci_->controlled.empty());
  ASSERT_EQ(two->controlled.size(), 1U);
  EXPECT_EQ(two->controlled.front().path, "forceschedulers/simple");
  EXPECT_EQ(words("force build --scheduler=two/rich --props=kind=fast two/linux now"),
            "Force build successfully requested.");
  EXPECT_EQ(two->controlled.back().path, "forceschedulers/rich");
}

// A CI whose pipelines ask for things of their own: the list says only which there are.
class FormOfBuilderTest : public ForceTest {
 protected:
  FormOfBuilderTest() {
    ci_->answer("forceschedulers", R"({"forceschedulers": [
        {"name": "ci", "label": "ci", "enabled": true, "builder_names": ["linux", "windows"]}]})");
    ci_->answer("builders/1/forceschedulers", R"({"forceschedulers": [
        {"name": "ci", "label": "ci", "enabled": true, "builder_names": ["linux"], "all_fields": [
         {"name": "level", "fullName": "level", "label": "Level", "type": "text", "required": true,
          "default": ""}]}]})");
  }
};

TEST_F(FormOfBuilderTest, ItIsAskedFor) {
  EXPECT_EQ(words("force build linux"),
            "I can't: scheduler 'ci' needs a value for: level (try --props=NAME=VALUE)");
  EXPECT_EQ(words("force build --props=level=2 linux"), "Force build successfully requested.");
  EXPECT_EQ(forced().path, "forceschedulers/ci");
  EXPECT_EQ(forced().params, (json::object{{"owner", "Ann on #Dev"}, {"level", "2"}, {"builderid", 1}}));
}

TEST_F(FormOfBuilderTest, WhyThereIsNoneIsTold) {
  EXPECT_EQ(words("force build windows"), "I can't: 404");
  ci_->answer("builders/1/forceschedulers", R"({"forceschedulers": []})");
  EXPECT_EQ(words("force build linux"), "I can't: scheduler 'ci' cannot start 'linux'");
  EXPECT_TRUE(ci_->controlled.empty());
}

TEST_F(FormOfBuilderTest, WhatIsToBeConfiguredIsTold) {
  ci_->answer("forceschedulers", R"({"forceschedulers": [
      {"name": "ci", "enabled": false, "builder_names": [], "all_fields": [], "why": "'ci' needs a token"}]})");
  EXPECT_EQ(words("force build linux"),
            "I can't: no force scheduler can start 'linux'; none is configured\n'ci' needs a token");
}

TEST_F(FormOfBuilderTest, ARunThatNobodyKnowsIsNotWatched) {
  ci_->control_answer = json::value(nullptr);
  EXPECT_EQ(
      words("force build --props=level=2 linux"),
      "Force build successfully requested. I cannot tell which build it is, so I will not announce its end.");
  EXPECT_TRUE(bot_->subscriptions()->made_in().empty());
}

class ForceDialogueTest : public ForceTest {
 protected:
  ForceDialogueTest() {
    settings_.traits = telegram();
    place_ = {.id = "-1", .name = "Devs", .kind = "group"};
    person_ = {.id = "42", .name = "Ann", .description = "Ann Smith (@ann)"};
  }
};

TEST_F(ForceDialogueTest, GoesToTheEndAcrossRestarts) {
  auto answers = say("/force");
  EXPECT_EQ(words_of(answers), "Which force scheduler do you want to activate?");
  answers = press(button(answers, "Rich one"));
  EXPECT_EQ(words_of(answers), "Which builder do you want to start?");
  EXPECT_EQ(answers.front().how, Answer::How::edit);
  answers = press(button(answers, "my builder"));
  EXPECT_EQ(
      words_of(answers),
      "Ann Smith (@ann), you are about to start a new build on my builder!\n\n"
      "The current build parameters are:\n    reason \n    Level 0\n    Clean no\n"
      "    Kind  \xe2\x9a\xa0\xef\xb8\x8f\n    Targets \n    Host h1\n\nWhat do you want to do? You must "
      "set values for all parameters marked with \xe2\x9a\xa0\xef\xb8\x8f");
  ASSERT_EQ(answers.front().keyboard.size(), 6U);  // no start

  answers = press(button(answers, "\xe2\x9a\xa0\xef\xb8\x8f Set Kind"));
  EXPECT_EQ(words_of(answers), "Choose the new value for Kind.");
  answers = press(button(answers, "full test"));
  EXPECT_EQ(answers.front().keyboard.size(), 7U);
  start();

  answers = press(button(answers, "Change Clean"));
  answers = press(button(answers, "Yes"));
  answers = press(button(answers, "Set Targets"));
  answers = press(button(answers, "b"));
  EXPECT_EQ(words_of(answers), "Choose the new value for Targets; several are possible.");
  answers = press(button(answers, "a"));
  answers = press(button(answers, "\xe2\x9c\x85 b"));
  answers = press(button(answers, "Done"));
  EXPECT_NE(words_of(answers).find("\n    Clean yes\n    Kind full test\n    Targets a\n"), std::string::npos)
      << words_of(answers);

  answers = press(button(answers, "Change Level"));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].how, Answer::How::edit_keyboard);
  EXPECT_TRUE(answers[0].keyboard.empty());
  EXPECT_TRUE(answers[1].wants_text);
  start();
  answers = say("many");
  ASSERT_FALSE(answers.empty());
  EXPECT_EQ(answers.back().text.words(),
            "\xe2\x9a\xa0\xef\xb8\x8f 'Level' must be a whole number, not 'many'\n\nReply with the new value "
            "for Level...");
  EXPECT_TRUE(answers.back().wants_text) << "the question is asked again";
  start();
  answers = say("12");
  EXPECT_NE(words_of(answers).find("\n    Level 12\n"), std::string::npos);
  press(button(answers, "Set reason"));
  answers = say("it's {broken} \"again\"; $(rm)\n*now*");
  answers = press(button(answers, "Start Build"));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].how, Answer::How::edit_keyboard);
  EXPECT_EQ(answers[1].text.words(), "Force build successfully requested.");
  const std::string who = "Ann Smith (@ann) on Devs";
  EXPECT_EQ(forced().params,
            (json::object{{"reason", "forced: by " + who + ": it's {broken} \"again\"; $(rm)\n*now*"},
                          {"username", who},
                          {"owner", who},
                          {"level", "12"},
                          {"clean", true},
                          {"kind", "full test"},
                          {"targets", json::array{"a"}},
                          {"builderid", 4}}));
}

TEST_F(ForceDialogueTest, ChoicesThatAreNotStrictTakeAnything) {
  auto answers = say("/force with rich linux kind=fast");
  answers = press(button(answers, "Change Host"));
  EXPECT_EQ(button(answers, "\xe2\x9c\x85 h1").command, "/force with rich linux kind=fast host=h1");
  answers = press(button(answers, "Something else..."));
  EXPECT_TRUE(answers.back().wants_text);
  answers = say("h 9");
  EXPECT_NE(words_of(answers).find("\n    Host h 9\n"), std::string::npos) << words_of(answers);
  answers = press(button(answers, "Change Host"));
  answers = press(button(answers, "Back"));
  EXPECT_NE(words_of(answers).find("\n    Host h 9\n"), std::string::npos);
}

TEST_F(ForceDialogueTest, TheMastersRefusalLeavesTheDialogueOpen) {
  ci_->control_answer = rejected("Kind: is out of fashion");
  auto answers = say("/force with rich linux kind=fast");
  answers = press(button(answers, "Start Build"));
  EXPECT_NE(words_of(answers).find("I can't: Kind: is out of fashion"), std::string::npos);
  EXPECT_EQ(answers.front().how, Answer::How::edit);
  ci_->control_answer = json::parse("[9, {}]");
  answers = press(button(answers, "Start Build"));
  EXPECT_EQ(answers.back().text.words(), "Force build successfully requested.");
}

TEST_F(ForceDialogueTest, StartIsRefusedWhileSomethingIsMissing) {
  const auto answers = press({.caption = "x", .command = "/force start rich linux"});
  EXPECT_NE(words_of(answers).find("You must set values"), std::string::npos);
  const auto unknown = press({.caption = "x", .command = "/force start rich linux kind=fast tea=1"});
  EXPECT_NE(words_of(unknown).find("There is no parameter 'tea'"), std::string::npos);
  const auto bad = press({.caption = "x", .command = "/force start rich linux kind=slow"});
  EXPECT_NE(words_of(bad).find("'Kind' must be one of"), std::string::npos);
  EXPECT_TRUE(ci_->controlled.empty());
}

TEST_F(ForceDialogueTest, OldButtonsAreTakenCareOf) {
  const std::string hint = "Try '/force' and follow the instructions (";
  EXPECT_EQ(words("/force with gone linux"), hint + "no force scheduler gone)");
  EXPECT_EQ(words("/force with off linux"), hint + "no force scheduler off)");
  EXPECT_EQ(words("/force with simple gone"), hint + "no such builder 'gone')");
  EXPECT_EQ(words("/force with simple windows"), hint + "'windows' is not configured for 'simple')");
  EXPECT_EQ(words("/force start simple"), hint + "there is something missing)");
  EXPECT_EQ(words("/force ask"), hint + "there is something missing)");
  EXPECT_EQ(words("/force ask branch simple"), hint + "there is something missing)");
  EXPECT_NE(words("/force ask tea simple linux").find("There is no parameter 'tea'"), std::string::npos);
  EXPECT_EQ(words("/force simple"), "Which builder do you want to start?");
  EXPECT_EQ(words("/force build linux now"), "Force build successfully requested.");
  ci_->answers.clear();
  EXPECT_EQ(words("/force"),
            "There are no force schedulers configured that I could use.\nI could not ask 'ci': 404");
}

TEST_F(ForceDialogueTest, ASingleSchedulerNeedsNoChoice) {
  settings_.tags = {"fast"};
  ci_->answer(
      "forceschedulers",
      R"({"forceschedulers": [{"name": "one", "builder_names": ["linux", "windows"], "all_fields": []}]})");
  auto answers = say("/force");
  EXPECT_EQ(words_of(answers), "Which builder do you want to start?");
  EXPECT_EQ(answers.front().keyboard.size(), 1U);  // of the tags
  answers = press(button(answers, "linux"));
  answers = press(button(answers, "Start Build"));
  EXPECT_EQ(forced().params, (json::object{{"owner", "Ann Smith (@ann) on Devs"}, {"builderid", 1}}));
}

TEST_F(ForceDialogueTest, NayLeavesIt) {
  auto answers = say("/force with rich linux kind=fast");
  press(button(answers, "Change Level"));
  EXPECT_EQ(words("/nay"), "Never mind, Ann...");
  EXPECT_TRUE(say("12").empty());
  // So does starting anew.
  press(button(answers, "Change Level"));
  say("/force");
  EXPECT_TRUE(say("12").empty());
}

}  // namespace
}  // namespace carillon::chat
