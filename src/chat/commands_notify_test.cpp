#include "fakes/bot_fixture.hpp"

namespace carillon::chat {
namespace {

class NotifyTest : public test::BotFixture {
 protected:
  NotifyTest() { medium_.operators = {"ann"}; }
};

TEST_F(NotifyTest, SwitchesEventsOnAndOff) {
  EXPECT_EQ(words("notify list"), "No events are being notified.");
  EXPECT_EQ(words("notify on"), "The following events are being notified: finished, started.");
  EXPECT_EQ(words("notify on worker problem"),
            "The following events are being notified: finished, problem, started, worker.");
  EXPECT_EQ(words("notify off started"),
            "The following events are being notified: finished, problem, worker.");
  EXPECT_EQ(words("notify on successToFailure"),
            "The following events are being notified: finished, problem, successToFailure, worker.");
  EXPECT_EQ(words("notify off"), "No events are being notified.");
}

TEST_F(NotifyTest, CaseAndCommasDoNotMatter) {
  EXPECT_EQ(words("NOTIFY ON Started,Finished, worker"),
            "The following events are being notified: finished, started, worker.");
  EXPECT_EQ(words("notify Off STARTED,successToFailure"),
            "The following events are being notified: finished, worker.");
  EXPECT_TRUE(words("notify on started,tea").starts_with("Try 'notify on|off EVENT'. 'tea' is not an event"));
}

TEST_F(NotifyTest, WhatIsConfiguredIsKeptOnceSeen) {
  settings_.notify_events = {"failure"};
  settings_.places = {"#dev"};
  start();
  settings_.notify_events = {};
  start();
  EXPECT_EQ(words("notify list"), "The following events are being notified: failure.");
  words("notify off failure");
  start();
  EXPECT_EQ(words("notify list"), "No events are being notified.");
}

TEST_F(NotifyTest, WhatPeopleMadeIsKept) {
  settings_.notify_events = {"failure"};
  settings_.places = {"#dev"};
  say("notify on worker");
  say("notify off failure");
  EXPECT_EQ(bot_->subscriptions()->of("#dev"), (Events{"worker"}));
  start();
  EXPECT_EQ(words("notify list"), "The following events are being notified: failure, worker.");
  EXPECT_TRUE(kept_.by_key.contains("subscriptions"));
}

TEST_F(NotifyTest, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"notify", "notify maybe", "notify ONE"})
    EXPECT_EQ(words(text), "Try 'notify on|off|list [EVENT...]'.") << text;
  EXPECT_EQ(
      words("notify on worker tea"),
      "Try 'notify on|off EVENT'. 'tea' is not an event; there are started, finished, success, failure, "
      "warnings, exception, problem, recovery, worse, better, cancelled, worker.");
  EXPECT_TRUE(bot_->subscriptions()->of("#dev").empty());
}

TEST_F(NotifyTest, InAChannelOnlyOperatorsAndThoseNamedChangeIt) {
  person_ = {.id = "bob", .name = "Bob", .description = "Bob"};
  const auto refused = say("notify on worker");
  EXPECT_TRUE(words_of(refused).ends_with("and you, Bob, are neither!")) << words_of(refused);
  EXPECT_TRUE(refused.front().reply);
  EXPECT_TRUE(words("notify off").ends_with("are neither!"));
  EXPECT_EQ(words("notify list"), "No events are being notified.");
  private_chat();
  EXPECT_EQ(words("notify on worker"), "The following events are being notified: worker.");
  place_ = {.id = "#dev", .name = "#dev", .kind = "channel"};
  settings_.authz = authz_of({{"notify", std::vector<std::string>{"bob", "account:carol"}}});
  start();
  EXPECT_EQ(words("notify on worker"), "The following events are being notified: worker.");
  person_.id = "nick";
  medium_.accounts["nick"] = "carol";
  EXPECT_EQ(words("notify off"), "No events are being notified.");
  // The rule for all commands names nobody for this one.
  settings_.authz = authz_of({{"", std::vector<std::string>{"bob"}}});
  person_.id = "bob";
  start();
  EXPECT_TRUE(words("notify on worker").ends_with("are neither!"));
}

TEST_F(NotifyTest, SaysWhenItCannotBeKept) {
  start();
  kept_.failure = Failure{Failure::Kind::unreachable, "disk full", std::nullopt};
  EXPECT_EQ(words("notify on worker"),
            "The following events are being notified: worker.\n"
            "I could not save that, so it holds only until I am restarted.");
}

TEST_F(NotifyTest, ButtonsTurnEventsOver) {
  settings_.traits = telegram();
  place_ = {.id = "-1", .name = "Devs", .kind = "group"};
  auto answers = say("/notify");
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_EQ(answers.front().keyboard.size(), 7U);
  answers = press(button(answers, "Problem \xf0\x9f\x94\x95"));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers.front().how, Answer::How::edit_keyboard);
  EXPECT_TRUE(answers.front().text.empty());
  EXPECT_EQ(bot_->subscriptions()->of("-1"), (Events{"problem"}));
  const auto off = button(answers, "Problem \xf0\x9f\x94\x94");
  const auto hidden = press(button(answers, "Hide..."));
  ASSERT_EQ(hidden.size(), 2U);
  EXPECT_EQ(hidden.front().how, Answer::How::drop);
  EXPECT_EQ(hidden.back().text.words(), "The following events are being notified:\n\xf0\x9f\x94\x94 problem");
  start();
  press(off);
  EXPECT_TRUE(bot_->subscriptions()->of("-1").empty());
  EXPECT_EQ(words("/notify list"), "\xf0\x9f\x94\x95 No events are being notified.");
  // Typed, it is not quiet about it.
  EXPECT_EQ(words("/notify on worker"), "The following events are being notified:\n\xf0\x9f\x94\x94 worker");
}

TEST_F(NotifyTest, AButtonWhoseChangeCannotBeKeptSaysSo) {
  settings_.traits = telegram();
  start();
  kept_.failure = Failure{Failure::Kind::unreachable, "disk full", std::nullopt};
  const auto answers = press({.caption = "x", .command = "/notify on-quiet worker"});
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers.back().text.words(), "I could not save that, so it holds only until I am restarted.");
}

}  // namespace
}  // namespace carillon::chat
