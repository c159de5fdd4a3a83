// What happens to events, notifications and deliveries on their way.
#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

TEST_F(PipelineTest, AnEventIsReportedOnceHoweverOftenItIsHeard) {
  Process& process = start();
  EXPECT_FALSE(process.accept(build_event(1, Results::success))->duplicate.at(0));
  EXPECT_TRUE(process.accept(build_event(1, Results::success))->duplicate.at(0));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent_keys(), std::vector<std::string>{"r:ci/builds/linux1/finished"});
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::delivered});
}

TEST_F(PipelineTest, PasswordsInUrlsAreNeitherStoredNorSent) {
  Process& process = start();
  for (const bool with_text : {false, true}) {
    Event event = build_event(with_text ? 2 : 1, Results::success);
    event.body["url"] = "https://ci:hunter2@ci.example.org/1";
    event.body["properties"] = {{"repository", {"https://ci:hunter2@git.example.org/r", "Git"}}};
    if (with_text) event.text = std::make_shared<const ObjectText>(event.body);
    ASSERT_TRUE(process.accept(std::move(event)));
  }
  ASSERT_TRUE(process.settle_all());
  ASSERT_EQ(reporter_->notifications.size(), 2U);
  for (const reporter::Details& told : reporter_->notifications) {
    const std::string build = json::serialize(told.builds.front());
    EXPECT_NE(build.find("https://ci:***@git.example.org/r"), std::string::npos) << build;
    EXPECT_EQ(build.find("hunter2"), std::string::npos) << build;
  }
  for (const int number : {1, 2}) {
    const auto stored = ledger()->events_of({.builder = "linux", .number = number});
    ASSERT_EQ(stored.size(), 1U);
    const std::string text = json::serialize(stored[0].event.body);
    EXPECT_NE(text.find("https://ci:***@ci.example.org/1"), std::string::npos) << text;
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  }
}

TEST_F(PipelineTest, WhatWasNotSentIsSentAfterARestart) {
  reporter_->answers = {unreachable("down"), unreachable("down")};
  Process& first = start();
  first.accept(build_event(1, Results::success));
  first.accept(build_event(2, Results::success));
  ASSERT_TRUE(first.settle_all());
  ASSERT_TRUE(run_until(first.io, [&] { return !reporter_->sent.empty(); }));
  reporter_->answers.clear();
  reporter_->sent.clear();
  clock_.advance(3600 * 1000);
  Process& second = start();
  second.recover();
  ASSERT_TRUE(run_until(second.io, [&] { return reporter_->sent.size() == 2; }));
  ASSERT_TRUE(second.settle_all());
  EXPECT_EQ(reporter_->sent_keys(),
            (std::vector<std::string>{"r:ci/builds/linux1/finished", "r:ci/builds/linux2/finished"}));
}

TEST_F(PipelineTest, WhatWasNotWordedIsWordedAfterARestart) {
  {
    // A reporter that is gone leaves its orders in the store.
    Process& first = start();
    first.composer.set_roster(std::make_shared<const Roster>());
    first.accept(build_event(1, Results::success));
    ASSERT_TRUE(first.settle_all());
    EXPECT_TRUE(reporter_->sent.empty());
  }
  Process& second = start();
  second.recover();
  ASSERT_TRUE(run_until(second.io, [&] { return reporter_->sent.size() == 1; }));
}

TEST_F(PipelineTest, WhatCannotBeWordedNowHoldsUpNoOther) {
  reporter_->cannot = [](const reporter::Details& notification) {
    return facts_of(notification.builds.front()).builder == "stuck";
  };
  Process& process = start();
  std::vector<Event> stuck;
  for (int number = 1; number <= 1500; ++number)
    stuck.push_back(build_event(number, Results::success, "stuck"));
  ASSERT_TRUE(process.accept(std::move(stuck)));
  for (int number = 1; number <= 3; ++number)
    ASSERT_TRUE(process.accept(build_event(number, Results::success)));
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 3; }));
  EXPECT_EQ(process.composer.pending(), 1500U);
}

TEST_F(PipelineTest, WhatIsLeftAndCannotBeWordedNowHoldsUpNoOtherAfterARestart) {
  const auto stuck_event = [](int number) { return build_event(number, Results::success, "stuck"); };
  reporter_->cannot = [](const reporter::Details& notification) {
    return facts_of(notification.builds.front()).builder == "stuck";
  };
  {
    Process& first = start();
    first.composer.stop();
    std::vector<Event> left;
    for (int number = 1; number <= 1500; ++number)
      left.push_back(stuck_event(number));
    left.push_back(build_event(1, Results::success));
    ASSERT_TRUE(first.accept(std::move(left)));
  }
  Process& second = start();
  second.recover();
  ASSERT_TRUE(second.accept(build_event(2, Results::success)));
  ASSERT_TRUE(run_until(second.io, [&] { return reporter_->sent.size() == 2; }));
  EXPECT_EQ(second.composer.pending(), 1500U);
}

TEST_F(PipelineTest, WhatIsHeardAfterARestartDoesNotOvertakeWhatWasLeft) {
  {
    Process& first = start();  // killed between storing the event and wording it
    first.composer.stop();
    first.accept(build_event(1, Results::success));
    first.accept(build_event(2, Results::success));
  }
  Process& second = start();
  second.accept(build_event(3, Results::success));  // before the open notifications are read
  second.recover();
  second.accept(build_event(4, Results::success));
  ASSERT_TRUE(run_until(second.io, [&] { return reporter_->sent.size() == 4; }));
  EXPECT_EQ(reporter_->sent_keys(),
            (std::vector<std::string>{"r:ci/builds/linux1/finished", "r:ci/builds/linux2/finished",
                                      "r:ci/builds/linux3/finished", "r:ci/builds/linux4/finished"}));
}

TEST_F(PipelineTest, AFailingHeadKeepsItsLaneInOrderAndDelaysNoOther) {
  reporter_->parallel = 1;
  reporter_->answers = {rejected("no"), unreachable("down")};
  Process& process = start();
  process.accept(build_event(1, Results::success, "a"));
  ASSERT_TRUE(process.settle_all());
  process.accept(build_event(2, Results::success, "a"));
  ASSERT_TRUE(process.settle_all());
  process.accept(build_event(3, Results::success, "a"));
  process.accept(build_event(1, Results::success, "b"));
  ASSERT_TRUE(process.settle_all());
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 5; }));
  // a2 fails and holds a3 back, b1 passes and shows that the target is back, so a2 and then a3 follow.
  EXPECT_EQ(reporter_->sent_keys(),
            (std::vector<std::string>{"r:ci/builds/a1/finished", "r:ci/builds/a2/finished",
                                      "r:ci/builds/b1/finished", "r:ci/builds/a2/finished",
                                      "r:ci/builds/a3/finished"}));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(states()[0], DeliveryState::dead);
}

TEST_F(PipelineTest, AHangingReporterSlowsNoOther) {
  auto other = std::make_shared<FakeReporter>();
  add("other", every_build(), other);
  reporter_->before_answer = [] { return sleep_for(std::chrono::hours(1)); };
  Process& process = start();
  for (int i = 0; i < 50; ++i)
    process.accept(build_event(i, Results::success, "b" + std::to_string(i)));
  ASSERT_TRUE(run_until(process.io, [&] { return other->sent.size() == 50; }));
  EXPECT_TRUE(reporter_->sent.empty());
  EXPECT_EQ(reporter_->most_under_way, reporter_->parallel);
}

TEST_F(PipelineTest, AThrottledTargetIsLeftAloneAlsoAfterARestart) {
  reporter_->answers = {throttled("429", std::chrono::seconds(60))};
  Process& first = start();
  first.accept(build_event(1, Results::success, "a"));
  ASSERT_TRUE(run_until(first.io, [&] { return reporter_->sent.size() == 1; }));
  ASSERT_TRUE(first.settle_all());
  first.accept(build_event(2, Results::success, "b"));
  ASSERT_TRUE(first.settle_all());
  EXPECT_EQ(reporter_->sent.size(), 1U);
  Process& second = start();
  second.recover();
  second.accept(build_event(3, Results::success, "c"));
  ASSERT_TRUE(second.settle_all());
  EXPECT_EQ(reporter_->sent.size(), 1U);
  clock_.advance(60 * 1000);
  Process& third = start();
  third.recover();
  EXPECT_TRUE(run_until(third.io, [&] { return reporter_->sent.size() == 4; }));
}

TEST_F(PipelineTest, ADeadTargetIsProbedByOneDeliveryAtATime) {
  for (int i = 0; i < 100; ++i)
    reporter_->answers.emplace_back(unreachable("down"));
  Process& process = start();
  for (int i = 0; i < 40; ++i)
    process.accept(build_event(i, Results::success, "b" + std::to_string(i)));
  ASSERT_TRUE(process.settle_all());
  EXPECT_LT(reporter_->sent.size(), 20U) << "not every lane may try a dead target";
  reporter_->answers.clear();
  clock_.advance(24 * 3600 * 1000);
  process.recover();
  EXPECT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() >= 40; }));
}

TEST_F(PipelineTest, ALaterStateReplacesAWaitingEarlierOne) {
  reporter_->change = [](Delivery& delivery) {
    delivery.status = "status";
    delivery.rank = delivery.key.ends_with("new") ? 1 : 2;
  };
  reporter_->answers = {throttled("429", std::chrono::seconds(60))};
  Process& process = start();
  process.accept(build_event(1, Results::success, "a", false));
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 1; }));
  ASSERT_TRUE(process.settle_all());
  process.accept(build_event(1, Results::success, "a", true));
  ASSERT_TRUE(process.settle_all());
  clock_.advance(61 * 1000);
  process.recover();
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 2; }));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent_keys().back(), "r:ci/builds/a1/finished");
  EXPECT_EQ(states(), (std::vector<DeliveryState>{DeliveryState::superseded, DeliveryState::delivered}));
}

TEST_F(PipelineTest, ChangeComparesWithTheBuildBefore) {
  rule::Rule change;
  change.modes.add(rule::Mode::change);
  roster_->entries.front().rule = change;
  Process& process = start();
  process.accept(build_event(1, Results::success));
  process.accept(build_event(2, Results::success));
  process.accept(build_event(3, Results::failure));
  process.accept(build_event(4, Results::retry));
  process.accept(build_event(5, Results::failure));
  // 6 and 7 in one batch, and 7 finishes first
  std::vector<Event> batch;
  batch.push_back(build_event(7, Results::success));
  batch.push_back(build_event(6, Results::failure));
  process.accept(std::move(batch));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent_keys(),
            (std::vector<std::string>{"r:ci/builds/linux3/finished", "r:ci/builds/linux7/finished"}));
  const auto events = ledger()->events_of(*parse_build_name("linux/3"));
  EXPECT_EQ(events.at(0).decisions.at(0).decision.reason, "mode change: success before, failure now");
}

// With and without a restart before each build: what is remembered says the same as what is stored.
TEST_F(PipelineTest, ARepeatedBuildThatIsRepairedIsAChange) {
  rule::Rule change;
  change.modes.add(rule::Mode::change);
  for (const auto scope : {rule::Previous::builder, rule::Previous::branch}) {
    for (const bool restart : {false, true}) {
      change.previous = scope;
      roster_->entries.front().rule = change;
      reporter_->sent.clear();
      const std::string builder = std::to_string(static_cast<int>(scope)) + (restart ? "restarted" : "runs");
      start();
      std::vector<Event> heard;
      heard.push_back(build_event(41, Results::success, builder));
      heard.push_back(build_event(42, Results::failure, builder));
      heard.push_back(tried_again(42, 3, Results::success, builder));
      heard.push_back(tried_again(42, 2, Results::failure, builder));  // late: as bad as the first
      heard.push_back(build_event(43, Results::success, builder));
      for (Event& event : heard) {
        if (restart) start();
        event.body["properties"] = json::object{{"branch", json::array{"main", "x"}}};
        process_->accept(std::move(event));
        ASSERT_TRUE(process_->settle_all());
      }
      EXPECT_EQ(reporter_->sent_keys(),
                (std::vector<std::string>{"r:ci/builds/" + builder + "42/finished",
                                          "r:ci/builds/" + builder + "42.3/finished"}));
    }
  }
}

TEST_F(PipelineTest, WhatItsSourceHasUntoldIsReportedByNobodyAndComparedWith) {
  rule::Rule change;
  change.modes.add(rule::Mode::change);
  add("changes", change, reporter_);
  Process& process = start();
  process.accept(build_event(1, Results::success));
  Event old = build_event(2, Results::failure);
  old.untold = "ended 12 days before it was heard of";
  EXPECT_FALSE(process.accept(old)->duplicate.at(0));
  EXPECT_TRUE(process.accept(old)->duplicate.at(0));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent.size(), 1U);
  const auto told = ledger()->events_of(*parse_build_name("linux/2"));
  ASSERT_EQ(told.at(0).decisions.size(), 2U);
  for (const ReporterDecision& of : told[0].decisions) {
    EXPECT_EQ(of.decision.outcome, Decision::Outcome::ignore);
    EXPECT_EQ(of.decision.reason, old.untold);
  }
  process.accept(build_event(3, Results::failure));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(ledger()->events_of(*parse_build_name("linux/3")).at(0).decisions.at(1).decision.outcome,
            Decision::Outcome::ignore)
      << "it failed before";
  EXPECT_EQ(process.metrics.of("r").decided(Decision::Outcome::ignore).value(), 1U);
  EXPECT_EQ(process.metrics.of("r").decided(Decision::Outcome::report).value(), 2U);
}

TEST_F(PipelineTest, OfALateStartNoReportIsCounted) {
  Process& process = start();
  process.accept(build_event(1, Results::success));
  process.accept(build_event(1, Results::success, "linux", false));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(process.metrics.of("r").decided(Decision::Outcome::ignore).value(), 1U);
  EXPECT_EQ(process.metrics.of("r").decided(Decision::Outcome::report).value(), 1U);
}

TEST_F(PipelineTest, ABuildsetIsSummedUpWithItsWantedBuilds) {
  rule::Rule summary;
  summary.modes.add(rule::Mode::failing);
  summary.build_set_summary = true;
  roster_->entries.front().rule = summary;
  Process& process = start();
  std::vector<Event> batch;
  batch.push_back(build_event(1, Results::failure, "a"));
  batch.push_back(build_event(1, Results::success, "b"));
  batch.push_back(build_event(1, Results::failure, "c"));
  Event complete;
  complete.source = "ci";
  complete.key = "buildsets/3/complete";
  complete.body["bsid"] = 3;
  batch.push_back(complete);
  process.accept(std::move(batch));
  ASSERT_TRUE(process.settle_all());
  ASSERT_EQ(reporter_->notifications.size(), 1U);
  ASSERT_EQ(reporter_->notifications[0].builds.size(), 2U);
  EXPECT_EQ(facts_of(reporter_->notifications[0].builds[1]).builder, "c");
}

TEST_F(PipelineTest, ASummaryMayComeBesideTheReportsOfTheBuilds) {
  rule::Rule both;
  both.every_finished = true;
  both.build_set_summary = true;
  both.summary_of_all = true;
  roster_->entries.front().rule = both;
  Process& process = start();
  std::vector<Event> batch;
  batch.push_back(build_event(1, Results::failure, "a"));
  batch.push_back(build_event(1, Results::cancelled, "b"));
  Event complete;
  complete.source = "ci";
  complete.key = "buildsets/3/complete";
  complete.body["bsid"] = 3;
  batch.push_back(complete);
  process.accept(std::move(batch));
  ASSERT_TRUE(process.settle_all());
  ASSERT_EQ(reporter_->notifications.size(), 3U);
  std::size_t summaries = 0;
  for (const reporter::Details& notification : reporter_->notifications) {
    if (notification.kind != EventKind::buildset_complete) continue;
    ++summaries;
    EXPECT_EQ(notification.builds.size(), 2U);
  }
  EXPECT_EQ(summaries, 1U);
}

TEST_F(PipelineTest, AReloadTakesOverWithoutLosingWhatWaits) {
  reporter_->answers = {unreachable("down")};
  Process& process = start();
  process.accept(build_event(1, Results::success));
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 1; }));
  ASSERT_TRUE(process.settle_all());
  auto replacement = std::make_shared<FakeReporter>();
  auto roster = std::make_shared<Roster>(*roster_);
  roster->entries.front().reporter = replacement;
  clock_.advance(3600 * 1000);
  process.courier.set_roster(roster);
  ASSERT_TRUE(run_until(process.io, [&] { return replacement->sent.size() == 1; }));
  EXPECT_EQ(reporter_->sent.size(), 1U);
}

TEST_F(PipelineTest, AReporterThatThrowsLosesNothing) {
  reporter_->before_answer = []() -> asio::awaitable<void> {
    throw std::logic_error("bug");
    co_return;
  };
  Process& process = start();
  process.accept(build_event(1, Results::success));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::waiting});
}

Event request_event(const std::string& verb, bool retried = false) {
  Event event = build_event(0, Results::cancelled, "linux", verb == "complete");
  event.key = "buildrequests/13/" + verb;
  event.body.erase("number");
  event.body["retried"] = retried;
  return event;
}

TEST_F(PipelineTest, WaitingRequestsAreReportedToThoseWhoWantThem) {
  auto other = std::make_shared<FakeReporter>();
  rule::Rule waiting = every_build();
  waiting.waiting = true;
  Process& before = start();
  EXPECT_FALSE(before.intake.wants(EventKind::request_waiting));
  add("waiting", waiting, other);
  Process& process = start();
  EXPECT_TRUE(process.intake.wants(EventKind::request_waiting));
  process.accept(request_event("new"));
  process.accept(request_event("complete"));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(other->sent_keys(),
            (std::vector<std::string>{"r:ci/buildrequests/13/new", "r:ci/buildrequests/13/complete"}));
  EXPECT_TRUE(reporter_->sent.empty());
}

TEST_F(PipelineTest, ACancelledRequestOfARetriedBuildIsReportedToAll) {
  Process& process = start();
  process.accept(request_event("complete", true));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent_keys(), std::vector<std::string>{"r:ci/buildrequests/13/complete"});
}

TEST_F(PipelineTest, WhatIsSkippedIsKeptWithItsReasonAndNeverSent) {
  reporter_->change = [](Delivery& delivery) {
    delivery.skip = true;
    delivery.status = "status";
    delivery.rank = 9;
    delivery.note = "no pull request";
  };
  Process& process = start();
  process.accept(build_event(1, Results::success));
  ASSERT_TRUE(process.settle_all());
  EXPECT_TRUE(reporter_->sent.empty());
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::skipped});
  EXPECT_EQ(ledger()->deliveries({}).at(0).note, "no pull request");
  // It is the state of nothing.
  reporter_->change = [](Delivery& delivery) {
    delivery.status = "status";
    delivery.rank = 1;
  };
  process.accept(build_event(2, Results::success));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent.size(), 1U);
}

TEST_F(PipelineTest, OnlyAFirstAttemptOfTheSameProcessIsKnownToBeTheFirst) {
  reporter_->answers = {unreachable("timed out")};
  Process& first = start();
  first.accept(build_event(1, Results::success));
  ASSERT_TRUE(run_until(first.io, [&] { return reporter_->sent.size() == 1; }));
  EXPECT_FALSE(reporter_->sent[0].maybe_sent);
  ASSERT_TRUE(first.settle_all());
  clock_.advance(3600 * 1000);
  first.recover();
  ASSERT_TRUE(run_until(first.io, [&] { return reporter_->sent.size() == 2; }));
  EXPECT_TRUE(reporter_->sent[1].maybe_sent);
  ASSERT_TRUE(first.settle_all());
  // Killed while the first attempt was under way: nothing of it is in the ledger.
  reporter_->before_answer = [] { return sleep_for(std::chrono::hours(1)); };
  first.accept(build_event(2, Results::success));
  ASSERT_TRUE(run_until(first.io, [&] { return reporter_->under_way == 1; }));
  reporter_->before_answer = nullptr;
  reporter_->sent.clear();
  Process& second = start();
  second.recover();
  ASSERT_TRUE(run_until(second.io, [&] { return reporter_->sent.size() == 1; }));
  EXPECT_TRUE(reporter_->sent[0].maybe_sent);
}

TEST_F(PipelineTest, NoReporterGetsALinkThatIsNone) {
  Event event = build_event(1, Results::failure);
  event.body["url"] = "javascript:alert(1)";
  event.body["changes"] = json::parse(R"([{"revlink": "data:text/html,x"}, {"revlink": "https://forge/1"}])");
  Process& process = start();
  process.accept(std::move(event));
  ASSERT_TRUE(process.settle_all());
  ASSERT_EQ(reporter_->notifications.size(), 1U);
  const json::object& build = reporter_->notifications[0].builds.front();
  EXPECT_EQ(build.at("url"), "");
  EXPECT_EQ(build.at("changes"), json::parse(R"([{"revlink": ""}, {"revlink": "https://forge/1"}])"));
}

}  // namespace
}  // namespace carillon::pipeline
