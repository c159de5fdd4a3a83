// Silences on the whole way of a build.
#include "pipeline/silences.hpp"

#include <gmock/gmock.h>

#include "model/build_name.hpp"
#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SilencedTest : public PipelineTest {
 protected:
  void SetUp() override { start(); }  // makes the database

  // Of all builders, for an hour.
  RowId begin(const std::function<void(Silence&)>& change = nullptr) {
    Silence silence;
    silence.builder = "*";
    silence.from = clock_.now();
    silence.until = clock_.now() + hour;
    silence.why = "moving the disk";
    silence.who = "alice";
    if (change) change(silence);
    const RowId id = ledger()->add_silence(silence);
    EXPECT_TRUE(run(process_->io, process_->silences.look()));
    return id;
  }
  store::KeptSilence kept(RowId id) { return ledger()->kept_silence(id).value(); }
  ReporterDecision decided(const std::string& build, std::size_t reporter = 0) {
    return ledger()->events_of(parse_build_name(build).value()).back().decisions.at(reporter);
  }
  void tick() {
    ASSERT_TRUE(run(process_->io, process_->silences.look()));
    ASSERT_TRUE(process_->settle_all());
  }
};

TEST_F(SilencedTest, WhatTheRuleWantsIsHeldBackWithTheReason) {
  const RowId id = begin([](Silence& of) { of.builder = "linux"; });
  Process& process = start();
  process.accept(build_event(1, Results::failure));
  process.accept(build_event(1, Results::failure, "mac"));
  ASSERT_TRUE(process.settle_all());
  EXPECT_THAT(reporter_->sent_keys(), ElementsAre("r:ci/builds/mac1/finished"));
  const Decision decision = decided("linux/1").decision;
  EXPECT_EQ(decision.outcome, Decision::Outcome::silenced);
  EXPECT_EQ(decision.silence, id);
  EXPECT_THAT(decision.reason, HasSubstr("silence 1 until 2023-11-14 23:13 UTC: moving the disk"));
  EXPECT_THAT(decision.reason, HasSubstr("(else: every finished build)"));
  EXPECT_EQ(kept(id).count(), 1U);
  EXPECT_EQ(process.metrics.silenced(id).value(), 1U);
}

TEST_F(SilencedTest, ItBeginsAndEndsInItsTimeAlsoAfterARestart) {
  begin([&](Silence& of) { of.from += minute; });
  start().accept(build_event(1, Results::failure));
  clock_.advance(minute);
  start().accept(build_event(2, Results::failure));
  clock_.advance(hour);
  Process& process = start();
  process.accept(build_event(3, Results::failure));
  process.recover();
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(decided("linux/1").decision.outcome, Decision::Outcome::report);
  EXPECT_EQ(decided("linux/2").decision.outcome, Decision::Outcome::silenced);
  EXPECT_EQ(decided("linux/3").decision.outcome, Decision::Outcome::report);
}

TEST_F(SilencedTest, WhatTellsProgramsGoesOutUnlessItSaysSo) {
  const auto status = std::make_shared<FakeReporter>();
  status->programs = true;
  add("status", every_build(), status);
  begin();
  Process& process = start();
  process.accept(build_event(1, Results::failure));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(status->sent.size(), 1U);
  EXPECT_TRUE(reporter_->sent.empty());
  begin([](Silence& of) { of.statuses = true; });
  process.accept(build_event(2, Results::failure));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(status->sent.size(), 1U);
}

TEST_F(SilencedTest, WhatWasSilencedIsStillTheBuildBefore) {
  rule::Rule changes;
  changes.modes.add(rule::Mode::change);
  const auto mails = std::make_shared<FakeReporter>();
  add("mails", changes, mails);
  Process& process = start();
  process.accept(build_event(1, Results::success));
  const RowId id = begin();
  process.accept(build_event(2, Results::failure));
  ASSERT_EQ(ledger()->end_silence(id, clock_.now() + 1, "bob"), "");
  clock_.advance(1);
  ASSERT_TRUE(run(process.io, process.silences.look()));
  process.accept(build_event(3, Results::failure));
  process.accept(build_event(4, Results::success));
  ASSERT_TRUE(process.settle_all());
  EXPECT_THAT(mails->sent_keys(), ElementsAre("r:ci/builds/linux4/finished"));
  EXPECT_EQ(decided("linux/3", 1).decision.outcome, Decision::Outcome::ignore);
}

TEST_F(SilencedTest, ATargetThatItNamesIsSkippedWithTheNote) {
  const RowId id = begin([](Silence& of) { of.target = "tar*"; });
  Process& process = start();
  process.accept(build_event(1, Results::failure));
  ASSERT_TRUE(process.settle_all());
  EXPECT_TRUE(reporter_->sent.empty());
  EXPECT_EQ(decided("linux/1").decision.outcome, Decision::Outcome::report);
  const auto rows = ledger()->deliveries({});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].state, DeliveryState::skipped);
  EXPECT_THAT(rows[0].note, HasSubstr("silence 1 until"));
  EXPECT_EQ(kept(id).count(), 1U);
  EXPECT_EQ(process.metrics.silenced(id).value(), 1U);
}

TEST_F(SilencedTest, OfSeveralWhoAreToldTheOthersAreTold) {
  reporter_->told = {"alice@example.org", "bob@example.org"};
  const RowId id = begin([](Silence& of) { of.target = "alice@*"; });
  Process& process = start();
  process.accept(build_event(1, Results::failure));
  ASSERT_TRUE(process.settle_all());
  ASSERT_EQ(reporter_->sent.size(), 1U);
  EXPECT_EQ(reporter_->sent[0].target, "bob@example.org");
  EXPECT_THAT(ledger()->deliveries({}).at(0).note, HasSubstr("not to alice@example.org: silence 1 until"));
  EXPECT_EQ(kept(id).count(), 1U);
}

TEST_F(SilencedTest, ATargetIsSilencedByWhenItsBuildWasHeard) {
  bool held_up = true;
  reporter_->cannot = [&](const reporter::Details&) { return held_up; };
  Process& process = start();
  process.accept(build_event(1, Results::failure));
  clock_.advance(minute);
  begin([](Silence& of) { of.target = "*"; });
  held_up = false;
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 1; }));
}

TEST_F(SilencedTest, ItsEndSaysOnceWhatWasHeldBack) {
  reporter_->sums = true;
  const auto deaf = std::make_shared<FakeReporter>();
  add("deaf", every_build(), deaf);
  const RowId id = begin([](Silence& of) { of.summary = true; });
  {
    Process& process = start();
    process.accept(build_event(1, Results::failure));
    process.accept(build_event(2, Results::failure));
    process.accept(build_event(7, Results::success, "mac"));
    clock_.advance(hour + minute);
    ASSERT_TRUE(process.settle_all());
    process.accept(build_event(3, Results::success));
    ASSERT_TRUE(process.settle_all());
    reporter_->sent.clear();
    process.composer.stop();  // killed between the order and its wording
    ASSERT_TRUE(run(process.io, process.silences.look()));
  }
  Process& process = start();
  process.recover();
  ASSERT_TRUE(run_until(process.io, [&] { return !reporter_->sent.empty(); }));
  tick();
  ASSERT_EQ(reporter_->sent.size(), 1U);
  EXPECT_EQ(reporter_->sent[0].key, "r:/silences/" + std::to_string(id) + "/over");
  EXPECT_EQ(reporter_->sent[0].summary, "Silence 1 is over: 3 reports held back");
  EXPECT_EQ(deaf->sent.size(), 1U) << "linux #3, and no summary, which it could not word";
  const reporter::Details& told = reporter_->notifications.back();
  ASSERT_EQ(told.builds.size(), 2U);
  const std::string body = text_at(*told.report, "body");
  EXPECT_THAT(body, HasSubstr("Silence 1 (moving the disk) of alice is over."));
  EXPECT_THAT(body, HasSubstr("it held back 3 reports of r:\n"));
  EXPECT_THAT(body, HasSubstr("linux: success now (#3), 2 reports held back\n"));
  EXPECT_THAT(body, HasSubstr("mac: success now (#7), 1 report held back\n"));
  process_.reset();
  Process& third = start();
  third.recover();
  ASSERT_TRUE(third.settle_all());
  EXPECT_EQ(reporter_->sent.size(), 1U);
}

TEST_F(SilencedTest, ItsEndIsToldByTheProcessThatNoticesIt) {
  reporter_->sums = true;
  const RowId id = begin([](Silence& of) { of.summary = true; });
  process_->accept(build_event(1, Results::failure));
  ASSERT_EQ(ledger()->end_silence(id, clock_.now() + 1, "bob"), "");
  clock_.advance(minute);
  tick();
  ASSERT_TRUE(run_until(process_->io, [&] { return !reporter_->sent.empty(); }));
  EXPECT_EQ(reporter_->sent[0].summary, "Silence 1 is over: 1 report held back");
  EXPECT_THAT(text_at(*reporter_->notifications.back().report, "body"),
              HasSubstr("linux: failure now (#1), 1 report held back\n"));
}

TEST_F(SilencedTest, WhatAPersonHasReportedAgainGoesOut) {
  const RowId id = begin([](Silence& of) { of.target = "*"; });
  Process& process = start();
  process.accept(build_event(1, Results::failure));
  ASSERT_TRUE(process.settle_all());
  store::ReplayedEvent again;
  again.row = 1;
  again.reporters = {"r"};
  ASSERT_EQ(ledger()->order_again({again}, 1700).made, 1U);
  process.recover();
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 1; }));
  EXPECT_EQ(kept(id).count(), 1U);
}

// What the reporter was told of the state of each build, in order.
std::vector<std::string> states_of(const FakeReporter& reporter) {
  std::vector<std::string> states;
  for (const reporter::Details& details : reporter.notifications) {
    for (const json::object& build : details.builds)
      states.push_back(text_at(build, "state_string"));
  }
  return states;
}

TEST_F(SilencedTest, WhoFailsAgainWithinAnHourAfterItsEndSaysSoOnce) {
  const auto status = std::make_shared<FakeReporter>();
  status->programs = true;
  add("status", every_build(), status);
  const auto hear = [&](int number, Results results, const std::string& builder = "linux") {
    Event event = build_event(number, results, builder);
    event.body["state_string"] = "tests failed";
    ASSERT_TRUE(process_->accept(event));
    ASSERT_TRUE(process_->settle_all());
  };
  begin([](Silence& of) { of.statuses = true; });
  start();
  hear(1, Results::failure);
  hear(7, Results::success, "mac");
  clock_.advance(hour + 1);
  tick();
  ASSERT_TRUE(states_of(*reporter_).empty()) << "held back";
  start();  // it is not forgotten
  hear(2, Results::exception);
  hear(3, Results::failure);
  hear(8, Results::failure, "mac");
  const std::string again = "again after silence 1 (until 2023-11-14 23:13 UTC): tests failed";
  EXPECT_THAT(states_of(*reporter_), ElementsAre(again, "tests failed", "tests failed"))
      << "told once, and not of a builder that was well";
  EXPECT_THAT(states_of(*status), ElementsAre("tests failed", "tests failed", "tests failed"))
      << "programs read what the source said";
}

TEST_F(SilencedTest, NothingIsAgainWithoutASilenceThatHeldItBack) {
  const auto hear = [&](int number) {
    ASSERT_TRUE(process_->accept(build_event(number, Results::failure)));
    ASSERT_TRUE(process_->settle_all());
  };
  hear(1);
  begin([](Silence& of) { of.builder = "mac"; });
  begin([](Silence& of) { of.target = "nobody"; });
  begin();
  hear(2);
  clock_.advance(3 * hour);
  tick();
  hear(3);
  EXPECT_THAT(states_of(*reporter_), ElementsAre("", "")) << "three hours are not soon";
  begin();
  clock_.advance(hour);
  tick();
  hear(4);
  EXPECT_THAT(states_of(*reporter_), ElementsAre("", "", "")) << "it held nothing back";
}

TEST_F(SilencedTest, OldOnesAreForgottenAfter30Days) {
  begin();
  start();
  clock_.advance(30 * day);
  tick();
  EXPECT_EQ(ledger()->kept_silences().size(), 1U);
  clock_.advance(2 * hour);
  tick();
  EXPECT_TRUE(ledger()->kept_silences().empty());
  EXPECT_TRUE(process_->silences.all().empty());
}

TEST_F(SilencedTest, ABuildsetIsSilencedWhenAllOfItsBuildsWouldBe) {
  rule::Rule summaries;
  summaries.modes = rule::Modes::all();
  summaries.build_set_summary = true;
  const auto mails = std::make_shared<FakeReporter>();
  add("mails", summaries, mails);
  Process& process = start();
  ASSERT_TRUE(process.accept(build_event(1, Results::failure, "a")));
  begin([](Silence& of) { of.builder = "a"; });  // it ended before
  Event set;
  set.source = "ci";
  set.key = "buildsets/3/complete";
  set.body["bsid"] = 3;
  ASSERT_TRUE(process.accept(set));
  ASSERT_TRUE(process.settle_all());
  EXPECT_TRUE(mails->sent.empty());
  EXPECT_EQ(decided("a/1", 1).decision.outcome, Decision::Outcome::silenced);
}

}  // namespace
}  // namespace carillon::pipeline
