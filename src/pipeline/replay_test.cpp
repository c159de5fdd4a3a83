// Reporting again: what is planned, and what becomes of it in a process that runs.
#include "pipeline/replay.hpp"

#include "model/replay_mark.hpp"
#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::int64_t number = 1'700'000'000'000;

Event buildset_event() {
  Event event;
  event.source = "ci";
  event.key = "buildsets/3/complete";
  event.body = json::object{{"bsid", 3}, {"results", 2}};
  return event;
}

class ReplayTest : public PipelineTest {
 protected:
  // Plans and orders everything that is stored, as the command line does beside the process.
  std::vector<store::ReplayedEvent> replay(const Roster& roster, const std::string& builder = "",
                                           RowId after = 0) {
    Replay planner(*process_->store, roster, Process::no_master, builder);
    const auto opened = ledger();
    store::Ledger& beside = *opened;
    std::vector<store::ReplayedEvent> all;
    for (const store::LedgerEvent& event : beside.events_between(after, 1000, 1000)) {
      auto planned = run(process_->io, planner.plan(event)).value();
      std::ranges::move(planned, std::back_inserter(all));
    }
    beside.order_again(all, number);
    return all;
  }
  bool take() {
    process_->recover();
    return process_->settle_all();
  }
};

std::string again(const std::string& key) {
  return key + replay_mark(number);
}

TEST_F(ReplayTest, WhatWasReportedIsReportedAgainInOrder) {
  Process& process = start();
  for (int build = 1; build <= 3; ++build)
    ASSERT_TRUE(process.accept(build_event(build, Results::success)));
  ASSERT_TRUE(process.settle_all());
  reporter_->sent.clear();
  replay(*roster_, "", 1);
  ASSERT_TRUE(take());
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 2; }));
  EXPECT_EQ(reporter_->sent_keys(), (std::vector<std::string>{again("r:ci/builds/linux2/finished"),
                                                              again("r:ci/builds/linux3/finished")}));
  ASSERT_TRUE(take());
  EXPECT_EQ(reporter_->sent.size(), 2U) << "each order is taken once";
}

TEST_F(ReplayTest, AStartThatCameAfterItsEndIsNotReportedThen) {
  Process& process = start();
  ASSERT_TRUE(process.accept(build_event(1, Results::success)));
  ASSERT_TRUE(process.accept(build_event(1, Results::success, "linux", false)));
  ASSERT_TRUE(process.settle_all());
  ASSERT_EQ(reporter_->sent_keys(), std::vector<std::string>{"r:ci/builds/linux1/finished"});
  reporter_->sent.clear();
  const auto planned = replay(*roster_);
  ASSERT_EQ(planned.size(), 1U);
  EXPECT_EQ(planned[0].reporters, std::vector<std::string>{"r"});
  ASSERT_TRUE(take());
  EXPECT_EQ(reporter_->sent_keys(), std::vector<std::string>{again("r:ci/builds/linux1/finished")});
}

TEST_F(ReplayTest, WhatItsSourceHasUntoldIsNotReportedThen) {
  Process& process = start();
  Event old = build_event(1, Results::failure);
  old.untold = "ended 12 days before it was heard of";
  ASSERT_TRUE(process.accept(old));
  rule::Rule summary;
  summary.modes.add(rule::Mode::failing);
  summary.build_set_summary = true;
  add("sums", summary, reporter_);
  process.accept(buildset_event());
  ASSERT_TRUE(process.settle_all());
  for (const store::ReplayedEvent& planned : replay(*roster_))
    EXPECT_TRUE(planned.reporters.empty()) << "its only build is not told of";
  ASSERT_TRUE(take());
  EXPECT_TRUE(reporter_->sent.empty());
}

TEST_F(ReplayTest, WhatIsOrderedWhileNothingRunsGoesOutAtTheNextStart) {
  Process& first = start();
  ASSERT_TRUE(first.accept(build_event(1, Results::success)));
  ASSERT_TRUE(first.settle_all());
  reporter_->sent.clear();
  replay(*roster_);
  Process& second = start();
  second.recover();
  ASSERT_TRUE(run_until(second.io, [&] { return reporter_->sent.size() == 1; }));
  EXPECT_EQ(reporter_->sent_keys().front(), again("r:ci/builds/linux1/finished"));
}

TEST_F(ReplayTest, WhatStillWaitsIsNotDoubled) {
  reporter_->answers = {unreachable("down")};
  Process& process = start();
  ASSERT_TRUE(process.accept(build_event(1, Results::success)));
  ASSERT_TRUE(process.settle_all());
  replay(*roster_);
  ASSERT_TRUE(take());
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::waiting});
}

TEST_F(ReplayTest, OnlyWhatTheRuleWantsAndOfThatBuilder) {
  Process& process = start();
  ASSERT_TRUE(process.accept(build_event(1, Results::success)));
  ASSERT_TRUE(process.accept(build_event(2, Results::failure)));
  ASSERT_TRUE(process.accept(build_event(1, Results::failure, "windows")));
  ASSERT_TRUE(process.settle_all());
  Roster failing;
  failing.entries.push_back(roster_->entries.front());
  failing.entries.front().rule = {};
  failing.entries.front().rule.modes.add(rule::Mode::failing);
  const auto planned = replay(failing, "linux");
  ASSERT_EQ(planned.size(), 2U);
  EXPECT_TRUE(planned[0].reporters.empty());
  EXPECT_EQ(planned[0].decisions.size(), 1U) << "explain says why not";
  EXPECT_EQ(planned[1].reporters, std::vector<std::string>{"r"});
  EXPECT_TRUE(planned[1].decisions.empty()) << "it was decided so before";
}

TEST_F(ReplayTest, ChangesAreComparedWithWhatWentBefore) {
  Process& process = start();
  const std::vector<Results> ends = {Results::success, Results::failure, Results::failure, Results::success};
  for (std::size_t i = 0; i < ends.size(); ++i)
    ASSERT_TRUE(process.accept(build_event(static_cast<int>(i) + 1, ends[i])));
  ASSERT_TRUE(process.settle_all());
  Roster changes;
  changes.entries.push_back(roster_->entries.front());
  changes.entries.front().rule = {};
  changes.entries.front().rule.modes.add(rule::Mode::change);
  std::vector<RowId> rows;
  for (const store::ReplayedEvent& event : replay(changes)) {
    if (!event.reporters.empty()) rows.push_back(event.row);
  }
  EXPECT_EQ(rows, (std::vector<RowId>{2, 4}));
}

TEST_F(ReplayTest, AReporterThatWasAddedLaterGetsTheSummaryOfABuildset) {
  {
    Process& first = start();
    ASSERT_TRUE(first.accept(build_event(1, Results::failure)));
    ASSERT_TRUE(first.accept(build_event(1, Results::success, "windows")));
    ASSERT_TRUE(first.accept(buildset_event()));
    ASSERT_TRUE(first.settle_all());
  }
  auto summaries = std::make_shared<FakeReporter>();
  rule::Rule rule;
  rule.modes = rule::Modes::all();
  rule.build_set_summary = true;
  add("sums", rule, summaries);
  Process& second = start();
  second.recover();
  Roster only;
  only.entries.push_back(roster_->entries.back());
  // Only the set is replayed: its builds were heard of before.
  const auto planned = replay(only, "", 2);
  ASSERT_EQ(planned.size(), 3U);
  EXPECT_EQ(planned.back().reporters, std::vector<std::string>{"sums"});
  ASSERT_TRUE(take());
  ASSERT_TRUE(run_until(second.io, [&] { return summaries->sent.size() == 1; }));
  EXPECT_EQ(summaries->notifications.front().builds.size(), 2U);
  // Another builder's sets are not concerned.
  EXPECT_TRUE(replay(only, "mac", 2).empty());
}

}  // namespace
}  // namespace carillon::pipeline
