#include "chat/subscriptions.hpp"

#include <gtest/gtest.h>

namespace carillon::chat {
namespace {

BuildFacts build(std::string builder, std::int64_t number, std::optional<Results> results) {
  BuildFacts facts;
  facts.builder = std::move(builder);
  facts.number = number;
  facts.results = results;
  facts.tags = {"fast", "nightly"};
  return facts;
}

using Listeners = std::map<std::string, std::string>;

Listeners ended(const Subscriptions& subscriptions, Results results,
                std::optional<Results> previous = std::nullopt) {
  return subscriptions.listeners(EventKind::build_finished, "ci", build("linux", 7, results), previous);
}

TEST(Subscriptions, TheConfiguredOnesAreForTheConfiguredPlaces) {
  const Subscriptions subscriptions({"failure"}, {"#a", "#b"}, std::nullopt);
  EXPECT_EQ(ended(subscriptions, Results::failure), (Listeners{{"#a", "failure"}, {"#b", "failure"}}));
  EXPECT_TRUE(ended(subscriptions, Results::success).empty());
  EXPECT_TRUE(subscriptions.of("#c").empty());
}

TEST(Subscriptions, WhatPeopleSwitchedOnOutlivesARestart) {
  Subscriptions before({"failure"}, {"#a"}, std::nullopt);
  EXPECT_TRUE(before.switch_on("#a", {"success", "failure"}));
  EXPECT_TRUE(before.switch_on("ann", {"problem"}));
  EXPECT_FALSE(before.switch_on("ann", {"problem"}));
  // The configuration has changed meanwhile: nothing is configured any more.
  Subscriptions after({}, {}, std::nullopt);
  EXPECT_FALSE(after.ready());
  after.restore(json::parse(json::serialize(before.to_json())), 0);
  EXPECT_FALSE(after.ready()) << "where its places are now may not be known yet";
  after.complete();
  EXPECT_TRUE(after.ready());
  EXPECT_EQ(after.of("#a"), (Events{"failure", "success"})) << "somebody said both";
  EXPECT_EQ(after.of("ann"), Events{"problem"});
}

TEST(Subscriptions, WhatWasConfiguredStaysOncePlaceAndEventWereSeen) {
  const Subscriptions before({"failure", "started"}, {"#a"}, std::nullopt);
  Subscriptions after({"started"}, {"#b"}, std::nullopt);
  after.restore(json::parse(json::serialize(before.to_json())), 0);
  EXPECT_EQ(after.of("#a"), (Events{"failure", "started"}));
  EXPECT_EQ(after.of("#b"), Events{"started"});
  EXPECT_TRUE(after.switch_off("#a", {"failure"}));
  Subscriptions last({"started"}, {"#a", "#b"}, std::nullopt);
  last.restore(after.to_json(), 0);
  EXPECT_EQ(last.of("#a"), Events{"started"}) << "switched off for good";
}

TEST(Subscriptions, AConfiguredEventThatWasSwitchedOffComesBackWithARestart) {
  Subscriptions before({"failure", "started"}, {"#a", "#b"}, std::nullopt);
  EXPECT_TRUE(before.switch_off("#a", {"failure"}));
  EXPECT_FALSE(before.switch_off("#a", {"failure", "worker"}));
  EXPECT_EQ(before.of("#a"), Events{"started"});
  EXPECT_EQ(before.of("#b").size(), 2U);
  EXPECT_TRUE(before.switch_on("#a", {"failure"}));
  EXPECT_TRUE(before.switch_all_off("#a"));
  EXPECT_TRUE(before.of("#a").empty());
  Subscriptions after({"failure", "started"}, {"#a", "#b"}, std::nullopt);
  after.restore(before.to_json(), 0);
  EXPECT_EQ(after.of("#a").size(), 2U);
}

TEST(Subscriptions, AWatchedBuildIsToldOfOnce) {
  Subscriptions subscriptions({"finished"}, {"#a"}, std::nullopt);
  subscriptions.watch("#a", {"ci", "linux", {7}, 5});
  subscriptions.watch("ann", {"ci", "linux", {7}, 5});
  EXPECT_EQ(ended(subscriptions, Results::success), (Listeners{{"#a", "finished"}, {"ann", "watched"}}));
  const auto other = [&](const char* master, const char* builder, int number) {
    return subscriptions.listeners(EventKind::build_finished, master,
                                   build(builder, number, Results::success), std::nullopt);
  };
  EXPECT_FALSE(other("ci", "linux", 8).contains("ann"));
  EXPECT_FALSE(other("ci", "mac", 7).contains("ann"));
  EXPECT_FALSE(other("ci2", "linux", 7).contains("ann"));
  EXPECT_TRUE(subscriptions.listeners(EventKind::build_started, "ci", build("linux", 7, {}), {}).empty());
  Subscriptions after({}, {}, std::nullopt);
  after.restore(subscriptions.to_json(), 5);
  EXPECT_TRUE(ended(after, Results::success).contains("ann"));
  Subscriptions later({}, {}, std::nullopt);
  later.restore(subscriptions.to_json(), 6);
  EXPECT_FALSE(ended(later, Results::success).contains("ann")) << "too old";
}

TEST(Subscriptions, TagsAreOfBuildersOnly) {
  const Subscriptions fast({"finished", "worker"}, {"#a"}, std::set<std::string>{"fast", "x"});
  const Subscriptions slow({"finished", "worker"}, {"#a"}, std::set<std::string>{"slow"});
  EXPECT_EQ(ended(fast, Results::success).size(), 1U);
  EXPECT_TRUE(ended(slow, Results::success).empty());
  EXPECT_EQ(slow.listeners(EventKind::worker_missing, "ci", {}, {}).size(), 1U);
}

TEST(Subscriptions, DecideWithTheReason) {
  Subscriptions subscriptions({"worse"}, {"#a"}, std::nullopt);
  EXPECT_TRUE(subscriptions.compares());
  using Outcome = Decision::Outcome;
  const auto decide = [&](Results results) {
    return subscriptions.decide(EventKind::build_finished, "ci", build("linux", 7, results),
                                Results::success);
  };
  EXPECT_EQ(decide(Results::success).outcome, Outcome::ignore);
  EXPECT_EQ(decide(Results::success).reason, "nobody is subscribed to it");
  EXPECT_EQ(decide(Results::failure).outcome, Outcome::report);
  EXPECT_EQ(decide(Results::failure).reason, "worse in #a");
  for (const char* place : {"b", "c", "d", "e"})
    subscriptions.switch_on(place, {"failure"});
  EXPECT_EQ(decide(Results::failure).reason, "worse in #a, failure in b, failure in c and 2 more");
}

TEST(Subscriptions, CompareOnlyWhereSomebodyListens) {
  Subscriptions subscriptions({"problem"}, {}, std::nullopt);
  EXPECT_FALSE(subscriptions.compares());
  subscriptions.switch_on("ann", {"successToFailure"});
  EXPECT_TRUE(subscriptions.compares());
  subscriptions.forget("ann");
  EXPECT_FALSE(subscriptions.compares());
}

TEST(Subscriptions, MutesAreKept) {
  Subscriptions before({}, {}, std::nullopt);
  EXPECT_TRUE(before.mute("#a", true));
  EXPECT_FALSE(before.mute("#a", true));
  Subscriptions after({}, {}, std::nullopt);
  after.restore(before.to_json(), 0);
  EXPECT_TRUE(after.muted("#a"));
  EXPECT_FALSE(after.muted("#b"));
}

TEST(Subscriptions, NonsenseInTheMemoryIsLeftOut) {
  Subscriptions subscriptions({"failure"}, {"#a"}, std::nullopt);
  for (const char* bad :
       {"null", "7", "{}", R"({"on": 3, "watches": [], "muted": {}})",
        R"({"on": {"#b": ["loud", 3]}, "watches": {"x": [{"master": 3}, 7], "y": 2}, "muted": [3]})"}) {
    subscriptions.restore(json::parse(bad), 0);
  }
  EXPECT_TRUE(subscriptions.of("#b").empty());
  EXPECT_EQ(subscriptions.of("#a"), Events{"failure"});
}

TEST(Subscriptions, APlaceMoves) {
  Subscriptions subscriptions({"failure"}, {"-5"}, std::nullopt);
  subscriptions.switch_on("-5", {"started"});
  subscriptions.watch("-5", {.source = "ci", .builder = "linux", .run = {7}});
  subscriptions.mute("-5", true);
  subscriptions.switch_on("-1005", {"worker"});
  for (int i = 0; i < 2; ++i) {
    subscriptions.move("-5", "-1005");
    EXPECT_EQ(subscriptions.of("-5"), Events());
    EXPECT_EQ(subscriptions.of("-1005"), (Events{"failure", "started", "worker"}));
    EXPECT_TRUE(subscriptions.muted("-1005"));
    EXPECT_FALSE(subscriptions.muted("-5"));
  }
  EXPECT_EQ(ended(subscriptions, Results::success), (Listeners{{"-1005", "watched"}}));
  subscriptions.move("-1005", "-1005");
  EXPECT_EQ(subscriptions.of("-1005"), (Events{"failure", "started", "worker"}));
}

}  // namespace
}  // namespace carillon::chat
