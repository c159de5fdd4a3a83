// Jobs and tests that are told of apart from their run, through the receiver.
#include "source/hook/kin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/key_value.hpp"
#include "fakes/run.hpp"
#include "source/fake_environment.hpp"
#include "source/hook/receiver.hpp"

namespace carillon::source::hook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What a delivery says is what the test wants.
class ScriptedDialect final : public Dialect {
 public:
  Heard next;

  bool may_be_right(const web::Head&) const override { return true; }
  bool is_right(const web::Head&, std::string_view, std::int64_t) const override { return true; }
  bool has_kin() const override { return true; }
  Result<Heard> hear(const web::Head&, std::string_view, Millis) const override { return next; }
  std::vector<std::string> advice(const std::string&) const override { return {}; }
};

class RecordingSink final : public Sink {
 public:
  std::vector<Event> events;

  Task<Accepted> accept(std::string_view, std::vector<Event> told, json::value) override {
    Accepted accepted;
    for (Event& event : told) {
      accepted.duplicate.push_back(
          std::ranges::any_of(events, [&](const Event& known) { return known.key == event.key; }));
      if (!accepted.duplicate.back()) events.push_back(std::move(event));
    }
    co_return accepted;
  }
  bool wants(EventKind kind) const override { return kind != EventKind::buildset_complete; }
  Task<json::value> cursor(std::string_view) override { co_return nullptr; }
};

class KinTest : public testing::Test {
 protected:
  explicit KinTest(Granularity builds = Granularity::run) {
    shape_.source = shape_.ci = "cd";
    shape_.builds = builds;
    shape_.max_age = 3'600'000;
    Environment lent = environment_.lend();
    lent.memory = [this] { return &memory_; };
    receiver_ = std::make_shared<Receiver>(shape_, dialect_, nullptr, lent);
    route_.emplace(receiver_->route({"POST", "/hook/cd"}, sink_));
  }

  hook::Run run_of(const std::string& id, Phase phase, Results results = Results::success) {
    hook::Run run;
    run.id = id;
    run.state = {phase, results};
    run.pipeline = "release";
    run.counted = true;
    run.chain = "chain-1";
    return run;
  }
  JobOfRun job_of(const std::string& id, const std::string& run, Results results) {
    JobOfRun job;
    job.run = run;
    job.job.id = job.job.name = id;
    job.job.state = {Phase::ended, results};
    job.alone = run_of(id, Phase::ended, results);
    job.alone.pipeline = id;
    job.alone.of_run = run;
    job.chain = "chain-1";
    job.may_be_alone = !run.empty();
    return job;
  }
  TestOfRun test_of(const std::string& id, Results results, const std::string& of = "") {
    TestOfRun test;
    test.of = of;
    test.chain = "chain-1";
    test.id = id;
    test.name = "test " + id;
    test.results = results;
    test.alone = run_of(id, Phase::ended, results);
    return test;
  }
  void deliver(Heard heard) {
    dialect_->next = std::move(heard);
    const web::Response answer = test::run(environment_.io, route_->handler({}));
    EXPECT_EQ(answer.status, 202) << answer.body;
  }
  void deliver(hook::Run run) {
    Heard heard;
    heard.runs.push_back(std::move(run));
    deliver(std::move(heard));
  }
  void deliver(JobOfRun job) {
    Heard heard;
    heard.jobs.push_back(std::move(job));
    deliver(std::move(heard));
  }
  void deliver(std::vector<TestOfRun> tests) {
    Heard heard;
    heard.tests = std::move(tests);
    deliver(std::move(heard));
  }
  void tidy_after(Millis later) {
    environment_.clock.advance(later);
    EXPECT_TRUE(test::run(environment_.io, receiver_->tell_alone(sink_)));
    EXPECT_TRUE(test::run(environment_.io, receiver_->tidy(environment_.clock.now())));
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const Event& event : sink_.events)
      all.push_back(event.key);
    return all;
  }

  FakeEnvironment environment_;
  test::FakeKeyValue memory_;
  Shape shape_;
  std::shared_ptr<ScriptedDialect> dialect_ = std::make_shared<ScriptedDialect>();
  RecordingSink sink_;
  std::shared_ptr<Receiver> receiver_;
  std::optional<web::Route> route_;
};

TEST_F(KinTest, AJobIsAStepOfItsRun) {
  deliver(run_of("r1", Phase::runs));
  deliver(job_of("j1", "r1", Results::failure));
  deliver(run_of("r1", Phase::ended, Results::failure));
  EXPECT_THAT(keys(), ElementsAre("builds/r1/new", "builds/r1/finished"));
  const auto steps = objects_at(sink_.events.back().body, "steps");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(text_at(*steps.front(), "name"), "j1");
  EXPECT_EQ(integer_at(*steps.front(), "results"), 2);
  tidy_after(waits_for_run);
  EXPECT_EQ(sink_.events.size(), 2U);
}

TEST_F(KinTest, AnEndIsToldWithTheMomentsOfItsStart) {
  hook::Run waits = run_of("r1", Phase::waits);
  waits.submitted = 1'699'999'900;
  hook::Run start = run_of("r1", Phase::runs);
  start.started = 1'699'999'950;
  JobOfRun job = job_of("j1", "r1", Results::success);
  job.job.state = {Phase::runs, Results::success};
  job.job.started = 1'699'999'960;
  deliver(waits);
  deliver(start);
  deliver(job);
  deliver(job_of("j1", "r1", Results::success));
  deliver(run_of("r1", Phase::ended));
  const json::object& end = sink_.events.back().body;
  EXPECT_EQ(integer_at(end, "started_at"), 1'699'999'950);
  EXPECT_EQ(integer_at(end, "buildset.submitted_at"), 1'699'999'900);
  const auto steps = objects_at(end, "steps");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(integer_at(*steps.front(), "started_at"), 1'699'999'960);
}

TEST_F(KinTest, AJobWhoseRunDoesNotComeIsABuildAfterTenMinutes) {
  deliver(job_of("j1", "r1", Results::failure));
  tidy_after(waits_for_run - 1);
  EXPECT_THAT(keys(), IsEmpty());
  tidy_after(1);
  EXPECT_THAT(keys(), ElementsAre("builds/j1/finished"));
  EXPECT_EQ(integer_at(sink_.events.front().body, "number"), 1);
  EXPECT_EQ(text_at(sink_.events.front().body, "builder.name"), "j1");
  EXPECT_EQ(sink_.events.front().source, "cd");
  tidy_after(waits_for_run);
  EXPECT_EQ(sink_.events.size(), 1U);
}

TEST_F(KinTest, AJobWhoseRunComesLateIsNoBuild) {
  deliver(job_of("j1", "r1", Results::failure));
  tidy_after(waits_for_run / 2);
  deliver(run_of("r1", Phase::runs));
  tidy_after(waits_for_run);
  EXPECT_THAT(keys(), ElementsAre("builds/r1/new"));
}

TEST_F(KinTest, TestsOfTheChainAreThoseOfItsRun) {
  deliver(run_of("r1", Phase::runs));
  deliver({test_of("t1", Results::success), test_of("t2", Results::failure)});
  deliver({test_of("t1", Results::success), test_of("t2", Results::failure)});
  JobOfRun suite = job_of("s1", "", Results::failure);
  deliver({test_of("t3", Results::skipped, "s1")});
  deliver(suite);
  deliver(run_of("r1", Phase::ended, Results::failure));
  EXPECT_THAT(keys(), ElementsAre("builds/r1/new", "builds/r1/finished"));
  const json::object& body = sink_.events.back().body;
  EXPECT_EQ(json::serialize(body.at("tests")),
            R"({"total":3,"passed":1,"failed":1,"skipped":1,"failed_names":["test t2"]})");
  EXPECT_EQ(objects_at(body, "steps").size(), 1U);
}

TEST_F(KinTest, ABatchMayTellOfEverything) {
  Heard batch;
  batch.runs = {run_of("r1", Phase::runs), run_of("r1", Phase::ended, Results::failure)};
  batch.jobs = {job_of("j1", "r1", Results::success), job_of("s1", "", Results::failure)};
  batch.tests = {test_of("t1", Results::failure, "s1"), test_of("t2", Results::success)};
  deliver(std::move(batch));
  EXPECT_THAT(keys(), ElementsAre("builds/r1/new", "builds/r1/finished"));
  EXPECT_EQ(objects_at(sink_.events.back().body, "steps").size(), 2U);
  EXPECT_EQ(integer_at(sink_.events.back().body, "tests.total"), 2);
  deliver({test_of("t3", Results::failure)});
  EXPECT_EQ(keys().back(), "builds/t3/finished") << "the chain is left";
}

TEST_F(KinTest, TestsWithoutARunAreBuildsOfTheirOwn) {
  deliver({test_of("t1", Results::success, "s1"), test_of("t2", Results::failure)});
  deliver(job_of("s1", "", Results::failure));
  EXPECT_THAT(keys(), ElementsAre("builds/t2/finished", "builds/s1/finished"));
  EXPECT_EQ(integer_at(sink_.events.back().body, "tests.passed"), 1);
}

TEST_F(KinTest, TestsWithoutARunAreNothingWhenTheyMayNotBeAlone) {
  TestOfRun test = test_of("t1", Results::failure);
  test.alone.id.clear();
  JobOfRun suite = job_of("s1", "", Results::failure);
  suite.alone.id.clear();
  deliver({test});
  deliver(suite);
  EXPECT_THAT(keys(), IsEmpty());
}

TEST_F(KinTest, AChainIsLeftWhenItsRunHasEnded) {
  deliver(run_of("r1", Phase::runs));
  deliver(run_of("r1", Phase::ended));
  deliver({test_of("t1", Results::success)});
  EXPECT_THAT(keys(), ElementsAre("builds/r1/new", "builds/r1/finished", "builds/t1/finished"));
}

class KinJobTest : public KinTest {
 protected:
  KinJobTest() : KinTest(Granularity::job) {}
};

TEST_F(KinJobTest, AChainIsLeftThoughRunsAreNoBuilds) {
  deliver(run_of("r1", Phase::runs));
  deliver({test_of("t1", Results::success)});
  deliver(run_of("r1", Phase::ended));
  deliver({test_of("t2", Results::success)});
  EXPECT_THAT(keys(), ElementsAre("builds/t2/finished"));
}

TEST_F(KinJobTest, EachJobIsABuildAtOnce) {
  deliver(run_of("r1", Phase::runs));
  deliver(job_of("j1", "r1", Results::failure));
  tidy_after(waits_for_run);
  EXPECT_THAT(keys(), ElementsAre("builds/j1/finished"));
}

TEST_F(KinTest, BuildsAreCountedForEachBuilder) {
  deliver(run_of("r1", Phase::runs));
  deliver(run_of("r2", Phase::runs));
  hook::Run other = run_of("r3", Phase::runs);
  other.pipeline = "docs";
  deliver(other);
  deliver(run_of("r1", Phase::ended));
  std::vector<std::int64_t> numbers;
  for (const Event& event : sink_.events)
    numbers.push_back(integer_at(event.body, "number").value_or(0));
  EXPECT_THAT(numbers, ElementsAre(1, 2, 1, 1));
}

TEST_F(KinTest, NumbersAreForgottenAfterAMonthAndCountedOn) {
  constexpr Millis month = Millis{32} * 24 * 3600 * 1000;
  deliver(run_of("r1", Phase::runs));
  tidy_after(month);
  EXPECT_FALSE(memory_.kept.contains({"source cd", "number r1"}));
  EXPECT_FALSE(memory_.kept.contains({"source cd", "run r1"}));
  deliver(run_of("r2", Phase::runs));
  EXPECT_EQ(integer_at(sink_.events.back().body, "number"), 2);
}

}  // namespace
}  // namespace carillon::source::hook
