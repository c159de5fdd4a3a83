#include "model/replay_job.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

ReplayJob begun() {
  ReplayJob job;
  job.id = 3;
  job.mark = 1'700'000'000'000;
  job.state = ReplayState::ordering;
  job.wish.reporter = "mails";
  job.wish.builder = "linux";
  job.since = 1'764'345'600'000;
  job.until = job.since + 3'600'000;
  job.range = {10, 210};
  job.at = 110;
  job.count.events = 200;
  job.count.builds = 90;
  job.count.by_reporter["mails"] = {18, 7, 2};
  job.ordered = 6;
  job.open = 1;
  job.who = "alice";
  job.why = "the disk was full";
  job.created = 5;
  job.begun = 6;
  job.at_once = true;
  return job;
}

// As it comes back from where it is kept.
std::optional<ReplayJob> kept(const ReplayJob& job) {
  return replay_job_of(json::parse(json::serialize(to_json(job))));
}

TEST(ReplayJobTest, WhatIsKeptIsReadAgain) {
  const ReplayJob job = begun();
  const auto again = kept(job);
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again), to_json(job));
  EXPECT_EQ(again->count.by_reporter.at("mails").delivered, 7U);
  EXPECT_EQ(again->range.up_to, 210);
  EXPECT_TRUE(again->is_under_way());
  ReplayJob ended = job;
  ended.state = ReplayState::interrupted;
  ended.ended = 9;
  ended.trouble = "the server ended";
  EXPECT_EQ(to_json(kept(ended).value()), to_json(ended));
  EXPECT_TRUE(ended.may_go_on());
}

TEST(ReplayJobTest, WhatIsNoneIsNotRead) {
  json::object strange = to_json(begun());
  strange["state"] = "dreaming";
  EXPECT_FALSE(replay_job_of(strange));
  EXPECT_FALSE(replay_job_of(json::object()));
  EXPECT_FALSE(replay_job_of(nullptr));
}

TEST(ReplayJobTest, SaysWhatItIsAbout) {
  ReplayJob job = begun();
  EXPECT_EQ(title_of(job), "replay 3: 18 reports of 200 events");
  EXPECT_EQ(subject_of(job),
            "heard 2025-11-28 16:00 UTC to 2025-11-28 17:00 UTC, builder linux, reporter mails");
  EXPECT_EQ(progress_of(job),
            "6 of 18 reports are ordered, up to event 110; 1 were not worded yet, and go out once");
  job.since = 0;
  job.wish = {};
  job.gone = 2;
  EXPECT_EQ(subject_of(job), "events 11 to 210");
  EXPECT_TRUE(progress_of(job).ends_with("; events of 2 were forgotten meanwhile"));
}

TEST(ReplayJobTest, GoesOnOnlyWhereSomethingIsLeft) {
  ReplayJob job = begun();
  EXPECT_FALSE(job.may_go_on()) << "it is under way";
  job.state = ReplayState::done;
  EXPECT_FALSE(job.may_go_on());
  job.state = ReplayState::stopped;
  EXPECT_TRUE(job.may_go_on());
  job.begun = 0;
  EXPECT_FALSE(job.may_go_on()) << "nothing was begun";
}

}  // namespace
}  // namespace carillon
