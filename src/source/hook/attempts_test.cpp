#include "source/hook/attempts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/run.hpp"

namespace carillon::source::hook {
namespace {

class FakeKeyValue final : public store::KeyValue {
 public:
  Task<void> remember(std::string owner, std::string key, json::value value, Millis now) override {
    if (broken) co_return unreachable("the disk is full");
    kept[{owner, key}] = {std::move(value), now};
    co_return ok();
  }
  Task<std::map<std::string, json::value>> recall(std::string owner, std::string prefix) override {
    std::map<std::string, json::value> found;
    for (const auto& [name, value] : kept) {
      if (name.first == owner && name.second.starts_with(prefix)) found.emplace(name.second, value.first);
    }
    co_return found;
  }
  Task<void> forget(std::string owner, std::string prefix, Millis before) override {
    std::erase_if(kept, [&](const auto& one) {
      return one.first.first == owner && one.first.second.starts_with(prefix) && one.second.second < before;
    });
    co_return ok();
  }

  std::map<std::pair<std::string, std::string>, std::pair<json::value, Millis>> kept;
  bool broken = false;
};

class AttemptsTest : public testing::Test {
 protected:
  // The attempt of an end of that run; 0: it is left out, -1: the store could not say.
  std::int64_t attempt(std::string id, std::string occurrence, Phase phase = Phase::ended) {
    hook::Run run;
    run.id = std::move(id);
    run.occurrence = std::move(occurrence);
    run.state.phase = phase;
    const auto news = test::run(io_, attempts_.count(run, now_));
    if (!news) return -1;
    return *news ? run.attempt : 0;
  }

  asio::io_context io_;
  FakeKeyValue memory_;
  Millis now_ = 1'700'000'000'000;
  Attempts attempts_{"gitlab", [this] { return &memory_; }};
};

TEST_F(AttemptsTest, EachEndIsOneMore) {
  EXPECT_EQ(attempt("pipeline-7", "1000"), 1);
  EXPECT_EQ(attempt("pipeline-7", "1000"), 1);
  EXPECT_EQ(attempt("pipeline-7", "2000"), 2);
  EXPECT_EQ(attempt("pipeline-7", "10000"), 3);
  EXPECT_EQ(attempt("pipeline-7", "2000"), 2);
  EXPECT_EQ(attempt("pipeline-71", "500"), 1);
  Attempts after_a_restart("gitlab", [this] { return &memory_; });
  hook::Run run;
  run.id = "pipeline-7";
  run.occurrence = "20000";
  run.state.phase = Phase::ended;
  EXPECT_EQ(test::run(io_, after_a_restart.count(run, now_)), true);
  EXPECT_EQ(run.attempt, 4);
}

TEST_F(AttemptsTest, AnEarlierEndThatComesLateIsLeftOut) {
  EXPECT_EQ(attempt("pipeline-7", "2000"), 1);
  EXPECT_EQ(attempt("pipeline-7", "1000"), 0);
  EXPECT_EQ(attempt("pipeline-7", "3000"), 2);
}

TEST_F(AttemptsTest, WhatIsToldApartByItsIdIsNotCounted) {
  EXPECT_EQ(attempt("run-7.1", ""), 1);
  EXPECT_EQ(attempt("pipeline-7", "1000", Phase::runs), 1);
  // Jenkins: an end is told apart by its result.
  EXPECT_EQ(attempt("app-7", "UNSTABLE"), 1);
  EXPECT_EQ(attempt("app-7", "FAILURE"), 1);
  EXPECT_THAT(memory_.kept, testing::IsEmpty());
}

TEST_F(AttemptsTest, ALaterAttemptBeginsWithItsFirstJob) {
  hook::Run run;
  run.occurrence = "2000";
  run.started = 100;
  for (const std::int64_t started : {100, 1500, 1200}) {
    Job job;
    job.started = started;
    run.jobs.push_back(job);
  }
  std::vector<std::string> known;
  EXPECT_TRUE(join(run, known));
  EXPECT_EQ(run.started, 100);
  known = {"1000"};
  EXPECT_TRUE(join(run, known));
  EXPECT_EQ(run.attempt, 2);
  EXPECT_EQ(run.started, 1200);
  EXPECT_THAT(known, testing::ElementsAre("1000", "2000"));
}

TEST_F(AttemptsTest, TriesThatHaveIdsOfTheirOwnAreCountedTogether) {
  const auto of_workflow = [&](std::string id, std::string began) {
    hook::Run run;
    run.id = std::move(id);
    run.tries_of = "pipeline-7.build";
    run.occurrence = std::move(began);
    run.state.phase = Phase::ended;
    run.started = 2000;
    Job job;
    job.started = 1500;
    run.jobs.push_back(job);
    EXPECT_EQ(test::run(io_, attempts_.count(run, now_)), true);
    EXPECT_EQ(run.started, 2000) << "jobs of the try before are listed again";
    return run.attempt;
  };
  EXPECT_EQ(of_workflow("workflow-a", "1000"), 1);
  EXPECT_EQ(of_workflow("workflow-b", "2000"), 2);
  EXPECT_EQ(of_workflow("workflow-a", "1000"), 1);
  EXPECT_EQ(attempt("pipeline-7.builder", "3000"), 1);
}

TEST_F(AttemptsTest, WhatCannotBeKeptIsNotCounted) {
  memory_.broken = true;
  EXPECT_EQ(attempt("pipeline-7", "1000"), -1);
}

TEST_F(AttemptsTest, OldRunsAreForgotten) {
  EXPECT_EQ(attempt("pipeline-7", "1000"), 1);
  now_ += 367 * test::day;
  EXPECT_EQ(attempt("pipeline-8", "2000"), 1);
  ASSERT_TRUE(test::run(io_, attempts_.tidy(now_)).has_value());
  EXPECT_EQ(attempt("pipeline-7", "3000"), 1);
  EXPECT_EQ(attempt("pipeline-8", "3000"), 2);
}

}  // namespace
}  // namespace carillon::source::hook
