// Replays in the server: begun, stopped, interrupted, gone on with; nothing twice, and nothing silent.
#include "pipeline/replays.hpp"

#include <gmock/gmock.h>

#include "model/replay_mark.hpp"
#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ReplaysTest : public PipelineTest {
 protected:
  void SetUp() override {
    start();
    make();
  }
  ~ReplaysTest() override { replays_.reset(); }

  // As the server does it when it starts.
  void make() {
    ledger_ = ledger();
    with_ = on_this_thread(*ledger_);
    replays_ = std::make_unique<Replays>(Replays::Around{
        .io = process_->io.get_executor(),
        .journal = *process_->store,
        .memory = *process_->store,
        .clock = clock_,
        .log = process_->log,
        .find_source = Process::no_master,
        .ledger = {.ask = [this](WithLedger::Work work) -> Task<void> {
                     if (fail_) co_return unreachable("the disk is full");
                     co_return co_await with_.ask(std::move(work));
                   },
                   .change = [this](WithLedger::Work work) -> Task<void> {
                     if (fail_) co_return unreachable("the disk is full");
                     co_return co_await with_.change(std::move(work));
                   }},
        .roster = [this] { return rules_ ? rules_ : RosterPtr(roster_); },
        .changed = [this]() -> asio::awaitable<void> { static_cast<void>(co_await process_->store->look()); },
    });
    run(process_->io, loaded());
  }
  Task<void> loaded() {
    co_await replays_->load();
    co_return ok();
  }
  // The process dies, without a word, and another one begins.
  void restart() {
    replays_->stop();
    start();
    make();
  }
  void hear(int from, int to) {
    std::vector<Event> events;
    for (int build = from; build <= to; ++build)
      events.push_back(build_event(build, Results::failure));
    ASSERT_TRUE(process_->accept(std::move(events)));
    ASSERT_TRUE(process_->settle_all());
  }
  static Replays::By alice(std::string why = "the disk was full") {
    Replays::By by;
    by.who = "alice";
    by.address = "127.0.0.1";
    by.reason = std::move(why);
    return by;
  }
  Result<std::int64_t> begin(bool at_once, ReplayWish wish = everything()) {
    return run(process_->io, replays_->begin(std::move(wish), at_once, alice()));
  }
  static ReplayWish everything() {
    ReplayWish wish;
    wish.after = 0;
    return wish;
  }
  ReplayJob settled(std::int64_t id) {
    EXPECT_TRUE(run_until(process_->io, [&] { return !replays_->find(id)->is_under_way(); }));
    return replays_->find(id).value();
  }
  std::vector<std::string> deeds() {
    std::vector<std::string> all;
    for (const store::Deed& deed : ledger()->deeds(std::numeric_limits<RowId>::max(), 100))
      all.push_back(deed.who + ": " + deed.what + ": " + deed.about +
                    (deed.reason.empty() ? "" : " (" + deed.reason + ")"));
    std::ranges::reverse(all);
    return all;
  }
  void all_sent() {
    process_->recover();
    ASSERT_TRUE(process_->settle_all());
  }

  std::unique_ptr<store::Ledger> ledger_;
  WithLedger with_;
  bool fail_ = false;
  RosterPtr rules_;
  std::unique_ptr<Replays> replays_;
};

TEST_F(ReplaysTest, WhatIsCountedIsOrderedWhenAPersonSaysSo) {
  hear(1, 3);
  clock_.advance(hour);
  hear(4, 4);
  reporter_->sent.clear();
  ReplayWish wish;
  wish.since = "2h";
  wish.until = "30m";
  const auto id = begin(false, wish).value();
  const ReplayJob counted = settled(id);
  EXPECT_EQ(counted.state, ReplayState::counted);
  EXPECT_EQ(counted.count.events, 3U);
  EXPECT_EQ(counted.count.builds, 3U);
  EXPECT_EQ(counted.count.by_reporter.at("r").delivered, 3U);
  EXPECT_EQ(counted.until, clock_.now() - 30 * minute);
  all_sent();
  EXPECT_TRUE(reporter_->sent.empty());
  EXPECT_THAT(deeds(), IsEmpty()) << "nothing was done";

  EXPECT_FALSE(run(process_->io, replays_->go(id, alice(" "))));
  ASSERT_TRUE(run(process_->io, replays_->go(id, alice())));
  const ReplayJob done = settled(id);
  EXPECT_EQ(done.state, ReplayState::done);
  EXPECT_EQ(done.ordered, 3U);
  all_sent();
  const std::string mark = replay_mark(done.mark);
  EXPECT_THAT(reporter_->sent_keys(),
              ElementsAre("r:ci/builds/linux1/finished" + mark, "r:ci/builds/linux2/finished" + mark,
                          "r:ci/builds/linux3/finished" + mark));
  EXPECT_THAT(deeds(), ElementsAre(HasSubstr("alice: replay: replay 1: 3 reports of 3 events, heard "),
                                   HasSubstr("alice: replayed: replay 1: 3 of 3 reports are ordered")));
  EXPECT_THAT(deeds().front(), HasSubstr("(the disk was full)"));
  EXPECT_FALSE(run(process_->io, replays_->go(id, alice()))) << "nothing of it is left";
}

TEST_F(ReplaysTest, CountsWhatWaitsAndWhatIsNewForAReporter) {
  reporter_->answers = {unreachable("down"), unreachable("down"), unreachable("down")};
  hear(1, 1);
  const auto later = std::make_shared<FakeReporter>();
  add("later", every_build(), later);
  const ReplayJob job = settled(begin(false).value());
  EXPECT_EQ(job.count.by_reporter.at("r").waiting, 1U);
  EXPECT_EQ(job.count.by_reporter.at("r").delivered, 0U);
  EXPECT_EQ(job.count.by_reporter.at("later").reports, 1U);
  EXPECT_EQ(job.count.by_reporter.at("later").delivered, 0U);
  EXPECT_EQ(job.count.all().reports, 2U);
}

TEST_F(ReplaysTest, OneAtATimeAndTheWishMustBeRight) {
  hear(1, 1);
  const auto refused = [&](ReplayWish wish, bool at_once = false) {
    const auto made = begin(at_once, std::move(wish));
    return made ? std::string("it began") : made.error().what;
  };
  EXPECT_EQ(refused({}), "since: from when on?");
  EXPECT_THAT(refused({.since = "noon"}), HasSubstr("since: 'noon' is not a time"));
  EXPECT_THAT(refused({.since = "2100-01-01"}), HasSubstr("in the future"));
  EXPECT_EQ(refused({.since = "1h", .until = "2h"}), "until: is before since");
  EXPECT_EQ(refused({.since = "1h", .reporter = "s"}), "reporter: there is no reporter 's' (there are: r)");
  EXPECT_EQ(refused({.since = "1h", .builder = "lin"}),
            "builder: there is no builder 'lin' (there are: linux)");
  const auto no_reason = run(process_->io, replays_->begin(everything(), true, alice("")));
  EXPECT_EQ(no_reason.error().what, "reason: say why; others will ask");
  EXPECT_TRUE(replays_->all().empty());

  ASSERT_TRUE(begin(true));
  const auto second = begin(true);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, Failure::Kind::throttled);
  settled(1);
  EXPECT_EQ(begin(false).value(), 2);
  EXPECT_EQ(replays_->all().front().id, 2) << "the newest first";
  EXPECT_GT(replays_->find(2)->mark, replays_->find(1)->mark) << "in the same millisecond, too";
  settled(2);
}

TEST_F(ReplaysTest, RulesThatChangedAreCountedAgain) {
  hear(1, 1);
  const auto id = begin(false).value();
  settled(id);
  rules_ = std::make_shared<const Roster>(*roster_);
  const auto refused = run(process_->io, replays_->go(id, alice()));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("count again"));
  EXPECT_EQ(replays_->find(id)->state, ReplayState::counted);
}

TEST_F(ReplaysTest, APersonStopsItBetweenTwoBlocksAndGoesOn) {
  hear(1, 250);
  reporter_->sent.clear();
  ASSERT_TRUE(begin(true));
  ASSERT_TRUE(run_until(process_->io, [&] { return replays_->find(1)->ordered > 0; }));
  ASSERT_TRUE(run(process_->io, replays_->end(1, alice("too many"))));
  const ReplayJob stopped = settled(1);
  EXPECT_EQ(stopped.state, ReplayState::stopped);
  EXPECT_EQ(stopped.ordered, 200U);
  EXPECT_EQ(stopped.trouble, "stopped by alice: too many");
  EXPECT_FALSE(run(process_->io, replays_->end(1, alice())));
  ASSERT_EQ(deeds().size(), 2U);
  EXPECT_THAT(deeds().back(),
              HasSubstr("alice: stop: replay 1: 200 of 250 reports are ordered, up to event 200"));

  ASSERT_TRUE(run(process_->io, replays_->go(1, alice("after all"))));
  EXPECT_EQ(settled(1).ordered, 250U);
  all_sent();
  EXPECT_EQ(reporter_->sent.size(), 250U) << "each once";
  ASSERT_EQ(deeds().size(), 4U);
  EXPECT_THAT(deeds()[2], HasSubstr("alice: replay: replay 1 goes on: 200 of 250 reports"));
  EXPECT_THAT(deeds()[3], HasSubstr("alice: replayed: replay 1: 250 of 250"));
}

TEST_F(ReplaysTest, WhatTheEndOfTheServerInterruptsIsToldAndSentOnce) {
  hear(1, 450);
  reporter_->sent.clear();
  ASSERT_TRUE(begin(true));
  ASSERT_TRUE(run_until(process_->io, [&] { return replays_->find(1)->ordered >= 200; }));
  const std::size_t ordered = replays_->find(1)->ordered;
  ASSERT_LT(ordered, 450U);
  restart();
  const ReplayJob left = replays_->find(1).value();
  EXPECT_EQ(left.state, ReplayState::interrupted);
  EXPECT_LE(left.ordered, ordered) << "what was known of it, at most one block before";
  EXPECT_THAT(deeds().back(), HasSubstr("the server: interrupted: replay 1: "));
  EXPECT_THAT(deeds().back(), HasSubstr("of 450 reports are ordered, up to event "));
  all_sent();
  ASSERT_TRUE(run(process_->io, replays_->go(1, alice("go on"))));
  EXPECT_EQ(settled(1).state, ReplayState::done);
  all_sent();
  auto keys = reporter_->sent_keys();
  std::ranges::sort(keys);
  EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end()) << "each once";
  EXPECT_EQ(keys.size(), 450U);
  restart();
  EXPECT_EQ(replays_->find(1)->state, ReplayState::done);
  EXPECT_EQ(deeds().size(), 4U) << "an end is told once";
}

TEST_F(ReplaysTest, WhatFailsSaysSoAndGoesOnLater) {
  hear(1, 250);
  reporter_->sent.clear();
  ASSERT_TRUE(begin(true));
  ASSERT_TRUE(run_until(process_->io, [&] { return replays_->find(1)->ordered > 0; }));
  auto others = std::make_shared<Roster>();
  rules_ = others;  // a reload took out all that could report again
  const ReplayJob failed = settled(1);
  EXPECT_EQ(failed.state, ReplayState::failed);
  EXPECT_THAT(failed.trouble, HasSubstr("none that could report again"));
  EXPECT_THAT(deeds().back(), HasSubstr("alice: replay failed: replay 1: 200 of 250 reports are ordered"));
  EXPECT_FALSE(run(process_->io, replays_->go(1, alice())));
  rules_.reset();
  ASSERT_TRUE(run(process_->io, replays_->go(1, alice())));
  EXPECT_EQ(settled(1).state, ReplayState::done);
  all_sent();
  EXPECT_EQ(reporter_->sent.size(), 250U);
}

TEST_F(ReplaysTest, NothingIsOrderedThatCannotBeNoted) {
  hear(1, 1);
  const auto id = begin(false).value();
  settled(id);
  fail_ = true;
  EXPECT_EQ(run(process_->io, replays_->go(id, alice())).error().what, "the disk is full");
  EXPECT_EQ(replays_->find(id)->state, ReplayState::counted);
  fail_ = false;
  EXPECT_THAT(deeds(), IsEmpty());
  ASSERT_TRUE(run(process_->io, replays_->go(id, alice())));
  EXPECT_EQ(settled(id).state, ReplayState::done);
}

TEST_F(ReplaysTest, WhatWasOnlyCountedIsNotOrderedAfterARestart) {
  hear(1, 1);
  const auto id = begin(false).value();
  settled(id);
  restart();
  EXPECT_EQ(replays_->find(id)->state, ReplayState::counted);
  EXPECT_FALSE(run(process_->io, replays_->go(id, alice()))) << "by rules that nobody has seen";
}

TEST_F(ReplaysTest, ItWaitsWhileMuchIsNotWorded) {
  ReplayPace pace;
  EXPECT_TRUE(pace.has_room(500));
  EXPECT_TRUE(pace.has_room(2500)) << "what lay there before does not count";
  EXPECT_FALSE(pace.has_room(2501));
  int looks = 1;
  do {
    ++looks;
  } while (!pace.has_room(2600) && looks < 1000);
  EXPECT_EQ(looks, 200) << "10 s without any progress: they lie there safely";
  EXPECT_TRUE(pace.has_room(2700));
  EXPECT_FALSE(pace.has_room(20'000)) << "what is heard meanwhile would have to wait";
  EXPECT_TRUE(pace.has_room(2000));
  EXPECT_FALSE(pace.has_room(2700)) << "it goes on";
}

TEST_F(ReplaysTest, OldOnesAreForgotten) {
  hear(1, 1);
  for (int i = 1; i <= 52; ++i)
    settled(begin(false).value());
  ASSERT_TRUE(run_until(process_->io, [&] { return replays_->all().size() == 50; }));
  EXPECT_FALSE(replays_->find(1));
  restart();
  EXPECT_EQ(replays_->all().size(), 50U);
  EXPECT_EQ(begin(false).value(), 53) << "a number is used once";
  settled(53);
}

}  // namespace
}  // namespace carillon::pipeline
