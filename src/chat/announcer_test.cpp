#include "chat/announcer.hpp"

#include <gtest/gtest.h>

namespace carillon::chat {
namespace {

using reporter::Details;

const char* const sha1 = "a87b2c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

Details build_order(EventKind kind, int results = 2) {
  Details details;
  details.kind = kind;
  details.event_id = "ci/builds/9/finished";
  details.source = "ci";
  details.at = 1700000000000;
  json::object build{
      {"number", 7}, {"url", "http://ci/#builders/1/builds/7"}, {"state_string", "failed test"}};
  build["builder"] = json::object{{"name", "linux"}, {"tags", json::array{"fast"}}};
  if (kind == EventKind::build_finished) build["results"] = results;
  build["buildset"] = json::object{
      {"sourcestamps", json::array{json::object{{"revision", sha1}}, json::object{{"revision", sha1}},
                                   json::object{{"revision", "r12"}}, json::object{{"revision", nullptr}}}}};
  build["properties"] = json::object{{"owners", json::array{json::array{"ann", "bob"}, "x"}}};
  details.builds.push_back(build);
  return details;
}

Details worker_order(EventKind kind) {
  Details details;
  details.kind = kind;
  details.event_id = "ci/workers/2/missing@5";
  details.source = "ci";
  details.worker = json::object{{"name", "w`2"}, {"last_connection", "Sun\n12:00"}};
  return details;
}

class AnnouncerTest : public testing::Test {
 protected:
  AnnouncerTest() { settings_.traits.medium = "irc"; }

  std::vector<Delivery> announce(const Details& details, bool several = false) {
    return chat::announce(settings_, subscriptions_, details, "irc irc.example.org", several);
  }
  std::string words(const Details& details, bool several = false) {
    const auto deliveries = announce(details, several);
    if (deliveries.empty()) return "";
    return announcement_of(deliveries.front())->text.words();
  }

  BotSettings settings_;
  Subscriptions subscriptions_{{"started", "finished", "worker"}, {"#a"}, std::nullopt};
};

TEST_F(AnnouncerTest, OneDeliveryForEachPlace) {
  subscriptions_.switch_on("ann", {"failure"});
  const auto deliveries = announce(build_order(EventKind::build_finished));
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(deliveries[0].key, "irc ci/builds/9/finished #a");
  EXPECT_EQ(deliveries[0].lane, "#a");
  EXPECT_EQ(deliveries[0].target, "irc irc.example.org #a");
  EXPECT_EQ(deliveries[0].summary, "irc: Build #7 of linux failed: failed test");
  EXPECT_EQ(deliveries[1].lane, "ann");
  const auto said = announcement_of(deliveries[1]);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->place, "ann");
  EXPECT_EQ(said->at, 1700000000000);
  Text expected;
  expected.plain("Build ")
      .link("#7", "http://ci/#builders/1/builds/7")
      .plain(" of ")
      .code("linux")
      .plain(" ");
  expected.outcome(Results::failure).plain(": failed test");
  EXPECT_EQ(said->text, expected);
}

TEST_F(AnnouncerTest, Wordings) {
  EXPECT_EQ(words(build_order(EventKind::build_started)), "Build #7 of linux started.");
  EXPECT_EQ(words(build_order(EventKind::build_finished, 0)), "Build #7 of linux completed successfully.");
  EXPECT_EQ(words(build_order(EventKind::build_finished, 6), true),
            "Build #7 of ci/linux was cancelled: failed test");
  EXPECT_EQ(words(worker_order(EventKind::worker_missing)),
            "Worker w`2 is missing. It was seen last on Sun 12:00.");
  EXPECT_EQ(words(worker_order(EventKind::worker_back)), "Worker w`2 is back online.");
}

TEST_F(AnnouncerTest, ALaterTryIsNamed) {
  Details details = build_order(EventKind::build_finished);
  details.builds.edit(0)["attempt"] = 2;
  EXPECT_EQ(words(details), "Build #7, attempt 2, of linux failed: failed test");
  settings_.use_revisions = true;
  EXPECT_EQ(words(details),
            "Build containing revision(s) a87b2c4, r12, attempt 2, on linux failed: failed test");
  details.builds.edit(0)["attempt"] = 1;
  EXPECT_EQ(words(details), "Build containing revision(s) a87b2c4, r12 on linux failed: failed test");
}

TEST_F(AnnouncerTest, RevisionsInsteadOfTheNumber) {
  settings_.use_revisions = true;
  settings_.traits.bracket_revisions = true;
  EXPECT_EQ(words(build_order(EventKind::build_started)),
            "Build containing revision(s) [a87b2c4, r12] on linux started.");
  Details none = build_order(EventKind::build_started);
  none.builds.edit(0)["buildset"] = json::object();
  EXPECT_EQ(words(none), "Build #7 of linux started.") << "nothing is known";
  none.builds.edit(0)["properties"] =
      json::object{{"got_revision", json::array{json::object{{"lib", sha1}, {"app", "2.1"}}, "Git"}}};
  EXPECT_EQ(words(none), "Build containing revision(s) [a87b2c4, 2.1] on linux started.");
}

TEST_F(AnnouncerTest, AllRevisionsOfABuildAreNamed) {
  settings_.use_revisions = true;
  EXPECT_TRUE(announcement_needs(settings_, subscriptions_).changes);
  Details details = build_order(EventKind::build_started);
  details.builds.edit(0)["changes"] =
      json::parse(R"([{"revision": "11"}, {"revision": null}, {"revision": "12"}])");
  details.builds.edit(0)["buildset"] =
      json::parse(R"({"sourcestamps": [{"revision": "12"}, {"revision": "7"}]})");
  EXPECT_EQ(words(details), "Build containing revision(s) 11, 12, 7 on linux started.");
}

TEST_F(AnnouncerTest, ABlameListOfBadBuildsOnly) {
  settings_.show_blame_list = true;
  EXPECT_EQ(words(build_order(EventKind::build_finished)),
            "Build #7 of linux failed: failed test  blamelist: ann, bob");
  EXPECT_EQ(words(build_order(EventKind::build_finished, 0)), "Build #7 of linux completed successfully.");
  EXPECT_TRUE(announcement_needs(settings_, subscriptions_).changes);
}

TEST_F(AnnouncerTest, AsksForThePreviousBuildOnlyWhereItIsCompared) {
  EXPECT_FALSE(announcement_needs(settings_, subscriptions_).previous_build);
  subscriptions_.switch_on("ann", {"problem"});
  EXPECT_TRUE(announcement_needs(settings_, subscriptions_).previous_build);
  subscriptions_.switch_all_off("#a");
  Details details = build_order(EventKind::build_finished);
  details.builds.edit(0)["prev_build"] = json::object{{"results", 2}};
  EXPECT_TRUE(announce(details).empty());
  details.builds.edit(0)["prev_build"] = json::object{{"results", 0}};
  EXPECT_EQ(announce(details).size(), 1U);
}

TEST_F(AnnouncerTest, RatherOneTooManyWhenThePreviousBuildIsUnknown) {
  subscriptions_.switch_all_off("#a");
  subscriptions_.switch_on("ann", {"problem"});
  subscriptions_.switch_on("bob", {"recovery"});
  Details details = build_order(EventKind::build_finished);
  EXPECT_TRUE(announce(details).empty()) << "there was none";
  details.notes = {"the previous build could not be asked for"};
  ASSERT_EQ(announce(details).size(), 1U);
  EXPECT_EQ(announce(details)[0].lane, "ann");
}

TEST_F(AnnouncerTest, AMutedPlaceHasALineInTheLedgerOnly) {
  subscriptions_.mute("#a", true);
  const auto deliveries = announce(build_order(EventKind::build_started));
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_TRUE(deliveries[0].skip);
  EXPECT_EQ(deliveries[0].note, "somebody muted the bot in #a");
}

TEST_F(AnnouncerTest, WhatASilenceHeldBackIsToldInItsFirstLines) {
  subscriptions_.switch_on("ann", {"worse"});
  subscriptions_.switch_on("bob", {"worker"});
  Details details = build_order(EventKind::build_finished);
  details.kind = EventKind::buildset_complete;
  EXPECT_TRUE(announce(details).empty()) << "a buildset is announced by its builds";
  std::string body = "Silence 3 is over:\nlinux: failure now (#7)\n  http://ci/7\n";
  for (int i = 0; i < 10; ++i)
    body += "b" + std::to_string(i) + ": success now\n";
  details.report = json::object{{"body", body}, {"type", "plain"}};
  const auto deliveries = announce(details);
  ASSERT_EQ(deliveries.size(), 2U) << "whoever may have been told";
  EXPECT_EQ(deliveries[0].lane, "#a");
  EXPECT_EQ(deliveries[1].lane, "ann");
  const std::string said = announcement_of(deliveries[0])->text.words();
  EXPECT_TRUE(said.starts_with("Silence 3 is over:\nlinux: failure now (#7)\nb0: success now\n")) << said;
  EXPECT_TRUE(said.ends_with("b7: success now\nand 2 more")) << said;
}

TEST_F(AnnouncerTest, NothingForOtherEvents) {
  for (const EventKind kind :
       {EventKind::buildset_complete, EventKind::request_waiting, EventKind::request_ended})
    EXPECT_TRUE(announce(build_order(kind)).empty());
}

TEST_F(AnnouncerTest, OldNewsAreOverdueHoweverLatelyTheyWereHeard) {
  settings_.digest_after = 600'000;
  const Delivery delivery = announce(build_order(EventKind::build_finished)).front();
  const Millis happened = 1700000000000;
  EXPECT_FALSE(overdue(settings_, delivery, happened, happened + 599'999));
  EXPECT_TRUE(overdue(settings_, delivery, happened, happened + 600'000));
  EXPECT_TRUE(overdue(settings_, delivery, happened + 600'000, happened + 600'001)) << "heard late";
  Delivery unknown = delivery;
  unknown.payload = "nonsense";
  EXPECT_FALSE(overdue(settings_, unknown, happened + 600'000, happened + 600'001));
}

TEST_F(AnnouncerTest, ADigestTellsHowManyAndTheLast) {
  std::vector<Delivery> deliveries;
  for (int number = 1; number <= 8; ++number) {
    Details details = build_order(EventKind::build_finished, number % 4 == 0 ? 0 : 2);
    details.builds.edit(0)["number"] = number;
    details.at += number * 60'000;
    deliveries.push_back(announce(details).front());
  }
  const auto one = digest(deliveries);
  ASSERT_TRUE(one);
  const auto said = announcement_of(*one);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->place, "#a");
  EXPECT_EQ(
      said->text.words(),
      "8 announcements had to wait since 2023-11-14 22:14 UTC. Of the builds 2 completed successfully, 6 "
      "failed."
      " The last ones:\nBuild #4 of linux completed successfully.\nBuild #5 of linux failed: failed test\n"
      "Build #6 of linux failed: failed test\nBuild #7 of linux failed: failed test\n"
      "Build #8 of linux completed successfully.");
  EXPECT_FALSE(digest({}));
  deliveries[3].payload = "nonsense";
  EXPECT_FALSE(digest(deliveries));
}

}  // namespace
}  // namespace carillon::chat
