#include "source/hook/catch_up.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/key_value.hpp"
#include "fakes/run.hpp"
#include "source/fake_environment.hpp"

namespace carillon::source::hook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A CI that has these runs.
class ListedApi final : public Api {
 public:
  std::vector<hook::Run> listed;
  std::map<std::string, hook::Run> by_id;
  std::vector<std::string> asked;
  std::vector<std::int64_t> since;
  std::optional<Failure> fails;

  Task<std::vector<hook::Run>> changed_since(std::int64_t moment, const std::set<std::string>&) override {
    since.push_back(moment);
    if (fails) co_return failed(*fails);
    auto looked = co_await look_at_each({"acme/app", "acme/bells"}, moment, refuses);
    if (!looked) co_return failed(looked);
    co_return listed;
  }
  // Of which it says that it was asked from when on.
  Look refuses = [](const std::string&, std::int64_t) { return nothing(); };
  static Task<void> nothing() { co_return ok(); }
  static Task<void> no() { co_return rejected("HTTP 403"); }
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override {
    asked.push_back(project + " " + id);
    const auto found = by_id.find(id);
    co_return found == by_id.end() ? std::nullopt : std::optional(found->second);
  }
  Task<void> complete(hook::Run& run) override {
    asked.push_back("jobs of " + run.id);
    co_return ok();
  }
  Task<std::string> log(const std::string&, const std::string&, std::size_t) override {
    co_return rejected("none");
  }
};

class CursorSink final : public Sink {
 public:
  std::vector<Event> events;
  json::value kept;
  bool full = false;

  Task<Accepted> accept(std::string_view, std::vector<Event> told, json::value cursor) override {
    if (full) co_return throttled("the disk is full", std::chrono::seconds(1));
    Accepted accepted;
    for (Event& event : told) {
      accepted.duplicate.push_back(
          std::ranges::any_of(events, [&](const Event& known) { return id_of(known) == id_of(event); }));
      if (!accepted.duplicate.back()) events.push_back(std::move(event));
    }
    if (!cursor.is_null()) kept = std::move(cursor);
    co_return accepted;
  }
  bool wants(EventKind kind) const override {
    return kind == EventKind::build_started || kind == EventKind::build_finished;
  }
  Task<json::value> cursor(std::string_view) override { co_return kept; }
};

class CatchUpTest : public testing::Test {
 protected:
  CatchUpTest() {
    shape_.source = shape_.ci = "ci";
    shape_.max_age = 365 * test::day;
    start();
  }
  // As after a restart: what is in the sink stays.
  void start() {
    Environment lent = environment_.lend();
    lent.memory = [this] { return &memory_; };
    receiver_ = std::make_shared<Receiver>(shape_, nullptr, api_, lent);
    catch_up_.emplace("ci", api_, receiver_, lent, std::chrono::seconds(60), true);
  }
  Result<void> look() { return test::run(environment_.io, catch_up_->look_once(sink_)); }
  std::int64_t now() const { return environment_.clock.now() / 1000; }

  hook::Run run_of(const std::string& id, State state, std::int64_t ended = 0) {
    hook::Run run;
    run.id = id;
    run.state = state;
    run.project = "acme/app";
    run.pipeline = "CI";
    run.number = 7;
    run.attempt = 2;
    run.started = now() - 100;
    if (ended != 0) run.ended = ended;
    return run;
  }
  std::vector<std::string> told() const {
    std::vector<std::string> all;
    for (const Event& event : sink_.events)
      all.push_back(event.key + (event.untold.empty() ? "" : ": " + event.untold));
    return all;
  }

  FakeEnvironment environment_;
  test::FakeKeyValue memory_;
  Shape shape_;
  std::shared_ptr<ListedApi> api_ = std::make_shared<ListedApi>();
  CursorSink sink_;
  std::shared_ptr<Receiver> receiver_;
  std::optional<CatchUp> catch_up_;
};

constexpr State failed_run{Phase::ended, Results::failure};
constexpr State running{Phase::runs, Results::success};

TEST_F(CatchUpTest, TheFirstLookOnlyRemembers) {
  api_->listed = {run_of("old", failed_run, now() - 600)};
  ASSERT_TRUE(look());
  EXPECT_THAT(told(), ElementsAre("builds/old/finished: ended before this source was observed"));
  EXPECT_THAT(api_->asked, IsEmpty()) << "nothing is asked of what is not told";
  EXPECT_THAT(api_->since, ElementsAre(now() - 24 * 3600));
}

TEST_F(CatchUpTest, WhatEndsLaterIsToldOnce) {
  ASSERT_TRUE(look());
  const std::int64_t first = now();
  environment_.clock.advance(test::minute);
  api_->listed = {run_of("new", failed_run, now() - 1)};
  ASSERT_TRUE(look());
  environment_.clock.advance(test::minute);
  ASSERT_TRUE(look());
  EXPECT_THAT(told(), ElementsAre("builds/new/finished"));
  EXPECT_THAT(api_->asked, ElementsAre("jobs of new")) << "the end is known the second time";
  EXPECT_THAT(api_->since, ElementsAre(first - 24 * 3600, first - 900, first + 60 - 900));
  start();
  ASSERT_TRUE(look());
  EXPECT_THAT(told(), ElementsAre("builds/new/finished"));
}

TEST_F(CatchUpTest, ALookThatFailsIsMadeAgain) {
  ASSERT_TRUE(look());
  const std::int64_t first = now();
  environment_.clock.advance(test::hour);
  api_->fails = Failure{Failure::Kind::unreachable, "hangs", std::nullopt};
  EXPECT_FALSE(look());
  api_->fails.reset();
  ASSERT_TRUE(look());
  EXPECT_THAT(api_->since, ElementsAre(first - 24 * 3600, first - 900, first - 900));
}

TEST_F(CatchUpTest, AnOpenRunIsAskedForUntilItEnds) {
  ASSERT_TRUE(look());
  api_->listed = {run_of("long", running)};
  ASSERT_TRUE(look());
  api_->listed.clear();
  environment_.clock.advance(11 * test::minute);
  api_->by_id.emplace("long", run_of("long", running));
  start();
  ASSERT_TRUE(look());
  EXPECT_THAT(api_->asked, ElementsAre("acme/app long"));
  environment_.clock.advance(11 * test::minute);
  api_->by_id.at("long") = run_of("long", failed_run, now());
  ASSERT_TRUE(look());
  environment_.clock.advance(11 * test::minute);
  ASSERT_TRUE(look());
  EXPECT_THAT(told(), ElementsAre("builds/long/new", "builds/long/finished"));
  EXPECT_THAT(api_->asked, ElementsAre("acme/app long", "acme/app long", "jobs of long"));
}

TEST_F(CatchUpTest, ARunThatIsGoneEndsAsCancelledAfterADay) {
  ASSERT_TRUE(look());
  api_->listed = {run_of("gone", running)};
  ASSERT_TRUE(look());
  api_->listed.clear();
  environment_.clock.advance(test::hour);
  start();
  ASSERT_TRUE(look());
  environment_.clock.advance(23 * test::hour);
  ASSERT_TRUE(look());
  EXPECT_THAT(told(), ElementsAre("builds/gone/new"));
  environment_.clock.advance(test::hour);
  ASSERT_TRUE(look());
  ASSERT_THAT(told(), ElementsAre("builds/gone/new", "builds/gone/finished"));
  const json::object& end = sink_.events.back().body;
  EXPECT_EQ(facts_of(end).results, Results::cancelled);
  EXPECT_EQ(facts_of(end).builder, "acme/app/CI");
  EXPECT_EQ(facts_of(end).run(), (RunNumber{7, 2}));
  EXPECT_EQ(text_at(end, "state_string"), "it was deleted before it was seen to end");
}

TEST_F(CatchUpTest, WhatRefusesIsAskedForFromWhereItWasSeenLast) {
  std::vector<std::int64_t> from;
  bool refused = true;
  api_->refuses = [&](const std::string& project, std::int64_t since) {
    if (project == "acme/bells") from.push_back(since);
    return project == "acme/bells" && refused ? ListedApi::no() : ListedApi::nothing();
  };
  ASSERT_TRUE(look());
  const std::int64_t first = now() - 24 * 3600;
  EXPECT_THAT(catch_up_->link().unseen, ElementsAre("the API does not show acme/bells: HTTP 403"));
  environment_.clock.advance(test::hour);
  start();
  api_->gaps() = {};
  ASSERT_TRUE(look());
  environment_.clock.advance(test::hour);
  // What it saw then is not on disk.
  refused = false;
  sink_.full = true;
  EXPECT_FALSE(look());
  sink_.full = false;
  ASSERT_TRUE(look());
  EXPECT_THAT(catch_up_->link().unseen, IsEmpty());
  environment_.clock.advance(test::hour);
  ASSERT_TRUE(look());
  EXPECT_THAT(from, ElementsAre(first, first, first, first, now() - 3600 - 900));
}

}  // namespace
}  // namespace carillon::source::hook
