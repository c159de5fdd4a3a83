#include "view/read.hpp"

#include <gmock/gmock.h>

#include "store/error.hpp"
#include "view/builds.hpp"

namespace carillon::view {
namespace {

// As it comes out of an answer.
template <class... What>
json::object sent(const What&... what) {
  return json::parse(json::serialize(to_json(what...))).as_object();
}

DeliveryStory a_delivery() {
  DeliveryStory story;
  story.row.id = 7;
  story.row.reporter = "mails";
  story.row.created = 10;
  story.row.next_at = 90;
  story.row.attempts = 2;
  story.row.key = "k";
  story.row.target = "a@example.org, b@example.org";
  story.row.summary = "build #3 of linux failed";
  story.row.note = "n";
  story.row.answer = "451 later";
  story.row.settled = {"a@example.org", "!b@example.org"};
  PayloadFile file;
  file.name = "file-1";
  file.size = 12;
  file.label = "compile.stdio";
  story.row.files = {file};
  story.row.source = "push";
  story.row.builder = "linux";
  story.row.run = {3, 2};
  story.attempts = {{11, DeliveryState::waiting, "451 later"}};
  story.pause = store::Pause{"mails", 99, "the disk moves"};
  story.behind = 6;
  return story;
}

TEST(Read, AStoryComesThroughAsItIs) {
  EventStory story;
  story.event.row = 5;
  story.event.event.source = "push";
  story.event.event.key = "builds/3/finished";
  story.event.event.at = 8;
  story.event.event.body = json::object{
      {"builder", json::object{{"name", "linux"}}}, {"number", 3},       {"attempt", 2}, {"results", 2},
      {"url", "http://ci.example.org/3"},           {"heard_by", "hook"}};
  story.event.heard = 9;
  story.event.decisions = {{"mails", {Decision::Outcome::report, "mode failing"}},
                           {"posts", {Decision::Outcome::ignore, "no"}}};
  story.event.open_notifications = {"mails"};
  story.deliveries = {a_delivery()};
  const json::object told = sent(story);
  EXPECT_EQ(sent(event_story_of(told)), told);
  EXPECT_EQ(text_at(told, "title"), "finished, attempt 2: failure");
  EXPECT_EQ(event_story_of(told).deliveries.at(0).row.event, 5);

  DeliveryStory settled = a_delivery();
  settled.row.state = DeliveryState::delivered;
  settled.row.settled_at = 95;
  settled.pause.reset();
  settled.behind.reset();
  EXPECT_EQ(sent(delivery_story_of(sent(settled))), sent(settled));
}

TEST(Read, BuildsComeThroughAsTheyAre) {
  store::ListedBuild ended;
  ended.event.source = "push";
  ended.event.at = 4;
  ended.event.body = json::object{
      {"state_string", "tests failed"},
      {"url", "http://ci.example.org/3"},
      {"buildset", json::object{{"sourcestamps", json::array{json::object{{"revision", "abc"}}}}}}};
  ended.builder = "linux";
  ended.run = {3, 1};
  ended.branch = "main";
  ended.results = Results::failure;
  ended.heard = 5;
  store::ListedBuild running;
  running.event.source = "push";
  running.builder = "linux";
  running.run = {4, 1};
  const store::ListedBuilder builder{"push", "linux", {running, ended}};
  const json::object told = sent(builder);
  EXPECT_EQ(sent(builder_of(told)), told);
}

TEST(Read, AStatusComesThroughAsItIs) {
  Status status;
  status.running = true;
  status.server = ServerStatus{1, "carillon 1", {"it is stopping"}, {}, {{"mails", 9, "refused"}}};
  status.backlog = {{"mails", 2, 1, 10, "451 later"}};
  status.open = {{"mails", 3, 2}, {"posts", 1, 0}};
  status.pauses = {{"mails", 99, "the disk moves", "alice"}, {"posts", 98, "HTTP 429"}};
  const std::vector<std::string> needs{"look"};
  const json::object told = sent(status, needs);
  const Status read = status_of(told);
  EXPECT_EQ(sent(read, needs), told);
  EXPECT_EQ(read.open.at(0).deliveries, 2U);
}

TEST(Read, ASilenceComesThroughAsItIs) {
  store::KeptSilence kept;
  kept.silence.id = 3;
  kept.silence.builder = "linux*";
  kept.silence.target = "#dev";
  kept.silence.from = 10;
  kept.silence.until = 20;
  kept.silence.why = "moving the disk";
  kept.silence.who = "alice";
  kept.silence.created = 9;
  kept.silence.ended_by = "bob";
  kept.silence.statuses = true;
  kept.held = {{"mails", "push", "linux1", 2, 0}, {"irc", "", "", 1, 0}};
  EXPECT_EQ(sent(silence_of(sent(kept, 15)), 15), sent(kept, 15));
  Tried tried;
  tried.reports = 7;
  tried.held = 3;
  tried.by_reporter = {{"mails", 2}, {"irc", 1}};
  tried.partial = true;
  tried.events = 9;
  EXPECT_EQ(sent(tried_of(sent(tried))), sent(tried));
}

TEST(Read, WordsOfAnotherVersionAreRefused) {
  json::object told = sent(a_delivery());
  told["state"] = "lost";
  EXPECT_THROW(row_of(told), store::Error);
  EXPECT_THROW(event_story_of(json::object{{"decisions", json::array{json::object{{"decision", "x"}}}}}),
               store::Error);
  EXPECT_THROW(build_of(json::object{{"results", 9}}), store::Error);
  EXPECT_EQ(build_of(json::object{{"number", "three"}}).run.number, 0) << "of another type: not known";
}

}  // namespace
}  // namespace carillon::view
