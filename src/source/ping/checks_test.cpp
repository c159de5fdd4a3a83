#include "source/ping/checks.hpp"

#include <gtest/gtest.h>

#include "fakes/clock.hpp"

namespace carillon::source::ping {
namespace {

using hook::Phase;
using test::day;
using test::hour;
using test::minute;

constexpr std::string_view rid = "123e4567-e89b-12d3-a456-426614174000";
constexpr std::string_view other_rid = "00000000-e89b-12d3-a456-426614174000";

class ChecksTest : public testing::Test {
 protected:
  ChecksTest() {
    settings_.checks["backup"] = {.every = day, .grace = 2 * hour};
    settings_.checks["whenever"] = {.every = 0, .grace = hour};
    checks_.load(nullptr, now_);
  }

  static Signal signal(Signal::Kind kind = Signal::Kind::success, std::string_view of = "") {
    Signal signal;
    signal.slug = "backup";
    signal.kind = kind;
    signal.rid = of;
    return signal;
  }
  static Signal exit_status(int status) {
    Signal ended = signal(Signal::Kind::fail);
    ended.exit_status = status;
    return ended;
  }
  hook::Run hear(const Signal& signal) {
    auto run = checks_.hear(signal, now_);
    if (!run) ADD_FAILURE() << "told before";
    return run.value_or(hook::Run());
  }
  // What was told within that time, by somebody who looks each minute.
  std::vector<std::string> told_in(Millis span) {
    std::vector<std::string> told;
    for (const Millis end = now_ + span; now_ < end;) {
      now_ += minute;
      for (const hook::Run& run : checks_.overdue(now_))
        told.push_back(run.id + ": " + run.said);
    }
    return told;
  }
  // As after an end of the program that took so long.
  void restart(Millis off = 0) {
    const json::value kept = json::parse(json::serialize(checks_.to_json()));
    now_ += off;
    checks_ = Checks(settings_);
    checks_.load(kept, now_);
  }

  using Told = std::vector<std::string>;
  Settings settings_;
  Millis now_ = 1'700'000'000'000;
  Checks checks_{settings_};
};

TEST_F(ChecksTest, ABarePingIsARunThatEndedWell) {
  const hook::Run run = hear(signal());
  EXPECT_EQ(run.id, "backup.1");
  EXPECT_EQ(run.number, 1);
  EXPECT_EQ(run.pipeline, "backup");
  EXPECT_EQ(run.state, (hook::State{Phase::ended, Results::success}));
  EXPECT_EQ(run.started, now_ / 1000);
  EXPECT_EQ(run.ended, now_ / 1000);
  EXPECT_EQ(run.said, "");
  EXPECT_EQ(hear(signal()).id, "backup.2");
}

TEST_F(ChecksTest, FailuresSayWhatTheyAre) {
  EXPECT_EQ(hear(exit_status(3)).said, "exit status 3");
  const hook::Run run = hear(signal(Signal::Kind::fail));
  EXPECT_EQ(run.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(run.said, "the job says that it failed");
}

TEST_F(ChecksTest, AnEndBelongsToTheNewestStart) {
  const hook::Run first = hear(signal(Signal::Kind::start));
  EXPECT_EQ(first.id, "backup.1");
  EXPECT_EQ(first.state.phase, Phase::runs);
  now_ += minute;
  EXPECT_EQ(hear(signal(Signal::Kind::start)).id, "backup.2");
  now_ += minute;
  const hook::Run end = hear(signal());
  EXPECT_EQ(end.id, "backup.2");
  EXPECT_EQ(end.started, now_ / 1000 - 60);
  EXPECT_EQ(hear(signal()).id, "backup.1");
  EXPECT_EQ(hear(signal()).id, "backup.3");
}

TEST_F(ChecksTest, RunsWithAnIdArePairedByIt) {
  EXPECT_EQ(hear(signal(Signal::Kind::start, rid)).id, "backup.1");
  EXPECT_EQ(hear(signal(Signal::Kind::start, other_rid)).id, "backup.2");
  EXPECT_FALSE(checks_.hear(signal(Signal::Kind::start, rid), now_)) << "it came twice";
  EXPECT_EQ(hear(signal(Signal::Kind::fail, rid)).id, "backup.1");
  EXPECT_FALSE(checks_.hear(signal(Signal::Kind::success, rid), now_)) << "it has ended";
  restart();
  EXPECT_FALSE(checks_.hear(signal(Signal::Kind::success, rid), now_)) << "it has ended before the restart";
  EXPECT_EQ(hear(signal(Signal::Kind::success, other_rid)).id, "backup.2");
}

TEST_F(ChecksTest, AnEndWhoseStartGotLostIsARunOfItsOwn) {
  EXPECT_EQ(hear(signal(Signal::Kind::start)).id, "backup.1");
  EXPECT_EQ(hear(signal(Signal::Kind::success, rid)).id, "backup.2");
  EXPECT_FALSE(checks_.hear(signal(Signal::Kind::start, rid), now_)) << "late, after its end";
}

TEST_F(ChecksTest, LogsBelongToOpenRuns) {
  EXPECT_EQ(checks_.open_run(signal(Signal::Kind::log)), "");
  hear(signal(Signal::Kind::start, rid));
  hear(signal(Signal::Kind::start));
  EXPECT_EQ(checks_.open_run(signal(Signal::Kind::log)), "backup.2");
  EXPECT_EQ(checks_.open_run(signal(Signal::Kind::log, rid)), "backup.1");
  EXPECT_EQ(checks_.open_run(signal(Signal::Kind::log, other_rid)), "");
}

TEST_F(ChecksTest, NumbersGoOnAfterARestart) {
  EXPECT_EQ(hear(signal()).number, 1);
  EXPECT_EQ(hear(signal(Signal::Kind::start)).number, 2);
  restart();
  EXPECT_EQ(hear(signal()).number, 2);
  EXPECT_EQ(hear(signal()).number, 3);
}

TEST_F(ChecksTest, WhatIsLateIsToldOnce) {
  hear(signal());
  EXPECT_EQ(told_in(26 * hour - minute), Told());
  EXPECT_EQ(checks_.next_due(), now_ + minute);
  EXPECT_EQ(told_in(minute), Told{"backup.2: no ping for 26 h"});
  EXPECT_EQ(checks_.next_due(), std::nullopt);
  EXPECT_EQ(told_in(5 * day), Told());
  restart();
  EXPECT_EQ(told_in(5 * day), Told()) << "not again after a restart";
}

TEST_F(ChecksTest, WhatIsLateIsAnException) {
  hear(signal());
  now_ += minute;
  told_in(26 * hour - 2 * minute);
  now_ += minute;
  const auto late = checks_.overdue(now_);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].state, (hook::State{Phase::ended, Results::exception}));
  EXPECT_EQ(late[0].number, 2);
  EXPECT_EQ(late[0].ended, now_ / 1000);
}

TEST_F(ChecksTest, WhatIsBackIsToldOnce) {
  hear(signal());
  told_in(26 * hour);
  now_ += hour;
  restart();
  const hook::Run back = hear(signal());
  EXPECT_EQ(back.state, (hook::State{Phase::ended, Results::success}));
  EXPECT_EQ(back.said, "back after 27 h");
  EXPECT_EQ(hear(signal()).said, "");
  EXPECT_EQ(told_in(26 * hour), Told{"backup.5: no ping for 26 h"}) << "late again";
}

TEST_F(ChecksTest, AStartIsAPingAndItsEndIsBack) {
  hear(signal());
  told_in(26 * hour);
  EXPECT_EQ(hear(signal(Signal::Kind::start)).said, "");
  now_ += hour;
  EXPECT_EQ(hear(exit_status(1)).said, "exit status 1 (back after 27 h)");
}

TEST_F(ChecksTest, AStartThatNeverEndsBecomesLate) {
  hear(signal(Signal::Kind::start));
  EXPECT_EQ(told_in(26 * hour - minute), Told());
  EXPECT_EQ(checks_.next_due(), now_ + minute);
  EXPECT_EQ(told_in(minute), Told{"backup.1: it began 26 h ago and has not ended"});
  EXPECT_EQ(checks_.next_due(), std::nullopt);
  EXPECT_EQ(told_in(5 * day), Told()) << "once";
  EXPECT_EQ(hear(signal()).said, "back after 6 days");
}

TEST_F(ChecksTest, AJobThatDiesEachTimeIsToldOfEachTime) {
  std::vector<std::string> told;
  for (int night = 0; night < 4; ++night) {
    hear(signal(Signal::Kind::start, night % 2 == 0 ? rid : other_rid));
    for (std::string& one : told_in(day))
      told.push_back(std::move(one));
    restart();
  }
  EXPECT_EQ(told, (Told{"backup.1: it began 26 h ago and has not ended",
                        "backup.2: it began 26 h ago and has not ended",
                        "backup.3: it began 26 h ago and has not ended"}));
  EXPECT_EQ(hear(signal()).id, "backup.4");
}

TEST_F(ChecksTest, AStartThatDoesNotEndAfterALateOneIsLateToo) {
  hear(signal());
  EXPECT_EQ(told_in(26 * hour), Told{"backup.2: no ping for 26 h"});
  hear(signal(Signal::Kind::start, rid));
  EXPECT_EQ(told_in(26 * hour), Told{"backup.3: it began 26 h ago and has not ended"});
  const hook::Run end = hear(signal(Signal::Kind::success, rid));
  EXPECT_EQ(end.id, "backup.4") << "it was told that the other one did not end";
  EXPECT_EQ(end.said, "back after 52 h");
}

TEST_F(ChecksTest, RunsOverlapAndEachHasItsTime) {
  hear(signal(Signal::Kind::start, rid));
  now_ += 20 * hour;
  hear(signal(Signal::Kind::start, other_rid));
  checks_.overdue(now_);
  EXPECT_EQ(told_in(5 * hour), Told());
  EXPECT_EQ(hear(signal(Signal::Kind::success, rid)).said, "");
  EXPECT_EQ(told_in(20 * hour), Told());
  EXPECT_EQ(hear(signal(Signal::Kind::success, other_rid)).said, "");
}

TEST_F(ChecksTest, ARidThatIsUsedAgainIsARunOfItsOwnAfterAnHour) {
  hear(signal(Signal::Kind::success, rid));
  for (int i = 0; i < 60; ++i) {
    now_ += minute;
    EXPECT_FALSE(checks_.hear(signal(Signal::Kind::success, rid), now_)) << "curl tries again";
  }
  restart();
  now_ += minute;
  EXPECT_EQ(hear(signal(Signal::Kind::success, rid)).id, "backup.2");
  now_ += day;
  EXPECT_EQ(hear(signal(Signal::Kind::success, rid)).id, "backup.3");
}

TEST_F(ChecksTest, WhatComesTwiceIsAPingAllTheSame) {
  hear(signal(Signal::Kind::start, rid));
  now_ += 50 * minute;
  hear(signal(Signal::Kind::success, rid));
  now_ += 50 * minute;
  EXPECT_FALSE(checks_.hear(signal(Signal::Kind::success, rid), now_));
  EXPECT_EQ(told_in(26 * hour - minute), Told());
  EXPECT_EQ(told_in(minute).size(), 1U);
}

TEST_F(ChecksTest, WhatWasNeverHeardOfIsLateTooCountedFromWhenItWasNamed) {
  told_in(20 * hour);
  restart();
  EXPECT_EQ(told_in(6 * hour), Told{"backup.1: no ping for 26 h"});
}

TEST_F(ChecksTest, TimeWhileNobodyCouldPingDoesNotCount) {
  hear(signal());
  restart(3 * day);
  EXPECT_EQ(told_in(2 * hour - minute), Told());
  EXPECT_EQ(told_in(minute), Told{"backup.2: no ping for 3 days"});
}

TEST_F(ChecksTest, AMachineThatSleptGivesAGrace) {
  hear(signal());
  told_in(hour);
  now_ += 2 * day;
  EXPECT_TRUE(checks_.overdue(now_).empty());
  EXPECT_EQ(told_in(2 * hour - minute), Told());
  EXPECT_EQ(told_in(minute).size(), 1U);
}

TEST_F(ChecksTest, AClockThatIsSetBackTellsNothing) {
  hear(signal());
  now_ -= 10 * day;
  EXPECT_EQ(told_in(2 * day), Told());
}

TEST_F(ChecksTest, WithoutAScheduleNothingIsLate) {
  Signal whenever = signal();
  whenever.slug = "whenever";
  hear(signal());
  hear(whenever);
  EXPECT_EQ(told_in(100 * day), Told{"backup.2: no ping for 26 h"});
}

TEST_F(ChecksTest, OnlyWhatMayBeMadeIsMade) {
  Signal made = signal();
  made.slug = "made";
  made.create = true;
  EXPECT_FALSE(checks_.knows("made"));
  EXPECT_FALSE(checks_.may_create(made));
  settings_.create = Schedule{.every = hour, .grace = minute};
  EXPECT_TRUE(checks_.may_create(made));
  made.create = false;
  EXPECT_FALSE(checks_.may_create(made));
  EXPECT_EQ(hear(made).id, "made.1");
  EXPECT_TRUE(checks_.knows("made"));
  restart();
  EXPECT_TRUE(checks_.knows("made")) << "also after a restart";
  EXPECT_EQ(told_in(2 * hour), Told{"made.2: no ping for 61 min"});
  settings_.create.reset();
  EXPECT_FALSE(checks_.knows("made"));
}

TEST_F(ChecksTest, WhatComesBackToTheConfigurationBeginsAnewAndCountsOn) {
  hear(signal());
  settings_.checks.erase("backup");
  restart(30 * day);
  restart();
  EXPECT_FALSE(checks_.knows("backup"));
  settings_.checks["backup"] = {.every = day, .grace = hour};
  restart();
  EXPECT_EQ(told_in(25 * hour - minute), Told());
  EXPECT_EQ(told_in(minute), Told{"backup.2: no ping for 25 h"});
}

TEST_F(ChecksTest, StartsThatNeverEndAreForgotten) {
  for (int i = 0; i < 30; ++i)
    hear(signal(Signal::Kind::start));
  for (int i = 30; i > 10; --i)
    EXPECT_EQ(hear(signal()).number, i);
  EXPECT_EQ(hear(signal()).number, 31);
}

TEST_F(ChecksTest, WhatWasKeptMayBeAnything) {
  for (const char* kept : {"1", "[]", R"({"checks": 1})", R"({"checks": {"backup": 1}})",
                           R"({"checks": {"backup": {"open": [1], "ended": [2], "last": "x"}}})"}) {
    checks_.load(json::parse(kept), now_);
    EXPECT_EQ(hear(signal()).id, "backup.1") << kept;
  }
}

TEST(PingSpan, IsForPeople) {
  EXPECT_EQ(span_of(61'000), "61 s");
  EXPECT_EQ(span_of(90 * minute), "90 min");
  EXPECT_EQ(span_of(26 * hour + 59 * minute), "26 h");
  EXPECT_EQ(span_of(71 * hour), "71 h");
  EXPECT_EQ(span_of(80 * hour), "3 days");
}

}  // namespace
}  // namespace carillon::source::ping
