#include "view/status.hpp"

#include <gmock/gmock.h>

#include "view/node.hpp"

namespace carillon::view {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Millis at_noon = 1'700'000'000'000;
constexpr Millis a_minute = 60'000;

Status healthy_status() {
  Status status;
  status.running = true;
  status.server = ServerStatus{at_noon - 5 * a_minute, "carillon 0.1.0", {}, {}};
  status.server->sources.push_back({"push", "http://b/", std::nullopt});
  status.server->sources.push_back({"ci", "http://ci/", source::LinkState{true, at_noon, "", 0, {}}});
  status.backlog.push_back({"mails", 2, 0, at_noon - 59 * a_minute, "HTTP 500"});
  status.pauses.push_back({"mails", at_noon + a_minute, "HTTP 429"});
  return status;
}

TEST(Status, NothingNeedsAPersonWhereAllGoesOnByItself) {
  EXPECT_THAT(needs_a_person(healthy_status(), at_noon), IsEmpty());
}

TEST(Status, NoServerAndABrokenOne) {
  Status status = healthy_status();
  status.server->wrong = {"store: the disk is full"};
  EXPECT_THAT(needs_a_person(status, at_noon),
              ElementsAre("the server is not ready: store: the disk is full"));
  status.running = false;
  status.server.reset();
  EXPECT_THAT(needs_a_person(status, at_noon),
              ElementsAre("no server is running: `carillon run` starts one"));
}

TEST(Status, ASourceThatIsAwayForMoreThanAMinute) {
  Status status = healthy_status();
  status.server->sources[1].link = source::LinkState{false, at_noon - 59'000, "refused", at_noon, {}};
  EXPECT_THAT(needs_a_person(status, at_noon), IsEmpty());
  status.backlog.clear();
  EXPECT_THAT(needs_a_person(status, at_noon + 4 * a_minute + 1'000),
              ElementsAre("the source ci is not connected for 5 minutes: refused"));
}

TEST(Status, ATargetThatDoesNotAnswerIsANoteAtFirst) {
  Status status = healthy_status();
  status.server->silent = {{"mails", at_noon - 4 * a_minute, "connection refused"}};
  EXPECT_THAT(needs_a_person(status, at_noon), IsEmpty());
  EXPECT_THAT(notes_of(status, at_noon),
              ElementsAre("mails has delivered nothing for 4 minutes: connection refused"));
  EXPECT_THAT(needs_a_person(status, at_noon + a_minute),
              ElementsAre("mails has delivered nothing for 5 minutes: connection refused; 2 reports "
                          "wait"));
  EXPECT_THAT(notes_of(status, at_noon + a_minute), IsEmpty());
  status.backlog.clear();
  EXPECT_THAT(needs_a_person(status, at_noon + a_minute), IsEmpty()) << "nothing waits for it";
  ASSERT_NE(no_answer_of(status.server, "mails"), nullptr);
  EXPECT_EQ(no_answer_of(status.server, "posts"), nullptr);
  const ServerStatus read = server_status_of(to_json(*status.server));
  EXPECT_EQ(no_answer_of(read, "mails")->since, at_noon - 4 * a_minute);
  EXPECT_EQ(no_answer_of(read, "mails")->answer, "connection refused");
}

TEST(Status, ANodeThatIsNotHeardOfAndStartedNowhere) {
  Status status = healthy_status();
  store::Node node;
  node.name = "b";
  node.state = store::NodeState::gone;
  node.lease = std::chrono::milliseconds(5'000);
  node.silent = 4 * a_minute;
  node.drained = true;
  status.server->nodes = {node};
  EXPECT_THAT(needs_a_person(status, at_noon), IsEmpty());
  status.server->nodes[0].silent = 5 * a_minute;
  EXPECT_THAT(
      needs_a_person(status, at_noon),
      ElementsAre("the node b has not been heard of for 5 minutes: start it there, or wait for a day: "
                  "then it is forgotten"));
  const ServerStatus read = server_status_of(to_json(*status.server));
  ASSERT_EQ(read.nodes.size(), 1U);
  EXPECT_EQ(to_json(read.nodes[0]), to_json(status.server->nodes[0]));
  node.silent = 100;
  node.state = store::NodeState::standby;
  status.server->nodes.push_back(node);
  EXPECT_THAT(needs_a_person(status, at_noon), IsEmpty()) << "it lives again";
}

TEST(Status, WhatNeedsAPersonSaysWhereToLook) {
  Status status = healthy_status();
  status.backlog = {{"posts", 0, 3, 0, ""}};
  const std::vector<Need> needs = needs_of(status, at_noon);
  ASSERT_EQ(needs.size(), 1U);
  EXPECT_EQ(needs[0].about, Need::About::dead);
  EXPECT_EQ(needs[0].name, "posts");
  EXPECT_EQ(needs[0].what, "3 reports of posts are dead");
}

TEST(Status, DeadAndOldReportsAndThoseOfNobody) {
  Status status = healthy_status();
  status.backlog = {{"mails", 1, 0, at_noon - 61 * a_minute, "HTTP 500"}, {"posts", 0, 3, 0, ""}};
  status.missing = {"gone"};
  EXPECT_THAT(needs_a_person(status, at_noon),
              ElementsAre("1 report of mails waits, the oldest for 61 minutes: HTTP 500",
                          HasSubstr("3 reports of posts are dead: `carillon deliveries --state dead "
                                    "--reporter posts`"),
                          HasSubstr("gone has reports and is not configured")));
  status.backlog = {{"mails", 2, 1, at_noon - 50 * 60 * a_minute, ""}};
  status.missing.clear();
  EXPECT_THAT(needs_a_person(status, at_noon), ElementsAre(HasSubstr("1 report of mails is dead"),
                                                           "2 reports of mails wait, the oldest for 2 days"));
}

TEST(Status, TheServersAnswerComesThroughAsItIs) {
  ServerStatus server = *healthy_status().server;
  server.wrong = {"it is stopping"};
  server.sources[1].link = source::LinkState{false, 7, "refused", 9, {"acme/x is hidden"}};
  server.sources[1].heard_at = 11;
  server.sources[1].refused = source::Refused{12, 401, "the token is wrong"};
  const ServerStatus read = server_status_of(to_json(server));
  EXPECT_EQ(read.started, server.started);
  EXPECT_EQ(read.version, server.version);
  EXPECT_THAT(read.wrong, ElementsAre("it is stopping"));
  ASSERT_EQ(read.sources.size(), 2U);
  EXPECT_EQ(read.sources[0].name, "push");
  EXPECT_FALSE(read.sources[0].link);
  ASSERT_TRUE(read.sources[1].link);
  EXPECT_FALSE(read.sources[1].link->up);
  EXPECT_EQ(read.sources[1].link->since, 7);
  EXPECT_EQ(read.sources[1].link->trouble, "refused");
  EXPECT_EQ(read.sources[1].link->next, 9);
  EXPECT_THAT(read.sources[1].link->unseen, ElementsAre("acme/x is hidden"));
  EXPECT_FALSE(read.sources[0].heard_at);
  EXPECT_FALSE(read.sources[0].refused);
  EXPECT_EQ(read.sources[1].heard_at, 11);
  ASSERT_TRUE(read.sources[1].refused);
  EXPECT_EQ(read.sources[1].refused->at, 12);
  EXPECT_EQ(read.sources[1].refused->status, 401);
  EXPECT_EQ(read.sources[1].refused->why, "the token is wrong");
}

}  // namespace
}  // namespace carillon::view
