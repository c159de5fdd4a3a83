#include "view/told.hpp"

#include <gmock/gmock.h>

namespace carillon::view {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// A mail that one recipient has, one refused, and one still waits for.
EventStory mailed(DeliveryState state) {
  EventStory story;
  story.event.event.key = "builds/1/finished";
  story.event.event.body = json::object{{"results", 2}};
  story.event.decisions = {{"mails", {Decision::Outcome::report, "mode failing"}},
                           {"posts", {Decision::Outcome::ignore, "not its builder"}}};
  DeliveryStory delivery;
  delivery.row.reporter = "mails";
  delivery.row.state = state;
  delivery.row.target = "dev@example.org, nobody@example.org, late@example.org";
  delivery.row.settled = {"dev@example.org", "!nobody@example.org"};
  delivery.row.note = "no e-mail address of carol";
  story.deliveries = {delivery};
  return story;
}

TEST(Told, EachRecipientOfAMailHasAStateOfItsOwn) {
  const EventStory dead = mailed(DeliveryState::dead);
  const store::LedgerRow& row = dead.deliveries.front().row;
  EXPECT_EQ(state_for(row, "DEV@example.org"), DeliveryState::delivered);
  EXPECT_EQ(state_for(row, "nobody@example.org"), DeliveryState::dead);
  EXPECT_EQ(state_for(row, "late@example.org"), DeliveryState::dead);
  EXPECT_EQ(state_for(row, "boss@example.org"), std::nullopt);
  const EventStory waiting = mailed(DeliveryState::waiting);
  EXPECT_EQ(state_for(waiting.deliveries.front().row, "late@example.org"), DeliveryState::waiting);
  EXPECT_EQ(state_for(waiting.deliveries.front().row, "nobody@example.org"), DeliveryState::dead);
}

TEST(Told, WhoGotItWasToldThoughOthersWereRefused) {
  const std::vector<EventStory> stories{mailed(DeliveryState::dead)};
  const Told dev = told_to(stories, "dev@example.org");
  EXPECT_TRUE(dev.is_told());
  const json::object told = to_json(dev);
  EXPECT_EQ(told.at("was_told"), true);
  EXPECT_EQ(told.at("told").at(0).at("state"), "dead");
  EXPECT_EQ(told.at("told").at(0).at("state_for_address"), "delivered");
  EXPECT_THAT(told.at("reasons").as_array(), SizeIs(0));
  for (const char* typed :
       {" dev@example.org ", "Dev <dev@example.org>", "mailto:Dev@example.org", "<dev@example.org>"})
    EXPECT_TRUE(told_to(stories, typed).is_told()) << typed;
  const Told nobody = told_to(stories, "nobody@example.org");
  EXPECT_FALSE(nobody.is_told());
  EXPECT_THAT(nobody.by, SizeIs(1));
}

TEST(Told, WhoIsNotAmongThemIsToldWhy) {
  const std::vector<EventStory> stories{mailed(DeliveryState::delivered)};
  const Told carol = told_to(stories, "carol");
  EXPECT_FALSE(carol.is_told());
  ASSERT_THAT(carol.untold, SizeIs(2));
  EXPECT_EQ(
      carol.untold.at(0).why,
      "reports it to others: dev@example.org, nobody@example.org, late@example.org (no e-mail address of "
      "carol)");
  EXPECT_EQ(carol.untold.at(1).why, "not its builder");
  const json::object told = to_json(carol);
  EXPECT_EQ(told.at("reasons").at(1).at("reporter"), "posts");
  EXPECT_EQ(told.at("reasons").at(0).at("event"), "finished: failure");
}

TEST(Story, WhatWaitsAlwaysSaysWhy) {
  DeliveryStory story;
  EXPECT_EQ(why_waiting(story, nullptr), "not tried yet");
  const NoAnswer silent{"mails", 9, "connection refused"};
  EXPECT_EQ(why_waiting(story, &silent), "not tried yet; the target does not answer: connection refused");
  story.row.attempts = 2;
  story.row.answer = "451 later";
  EXPECT_EQ(why_waiting(story, &silent), "451 later");
  story.behind = 3;
  EXPECT_EQ(why_waiting(story, nullptr), "waits behind #3 of the same lane");
  story.behind = std::nullopt;
  story.row.answer.clear();
  story.pause = store::Pause{"mail", 9'000, "they move"};
  EXPECT_EQ(why_waiting(story, &silent), "waits for the end of the pause");
  story.row.state = DeliveryState::delivered;
  EXPECT_EQ(why_waiting(story, nullptr), "");
}

TEST(Told, WhatNobodyIsToldOfSaysWhy) {
  std::vector<EventStory> stories{mailed(DeliveryState::waiting)};
  stories[0].deliveries.clear();
  EXPECT_EQ(told_to(stories, "carol").untold.at(0).why, "reports it, to nobody (yet)");
  stories[0].event.decisions.clear();
  stories[0].event.event.untold = "its end was heard before";
  const Told told = told_to(stories, "carol");
  ASSERT_THAT(told.untold, SizeIs(1));
  EXPECT_EQ(told.untold.at(0).why, "its end was heard before");
  EXPECT_EQ(to_json(told).at("reasons").at(0).at("reporter"), nullptr);
}

}  // namespace
}  // namespace carillon::view
