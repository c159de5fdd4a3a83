#include "source/hook/run_event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/build.hpp"

namespace carillon::source::hook {
namespace {

constexpr Millis now = 1'700'000'000'000;
constexpr std::int64_t seconds = now / 1000;

Shape shape() {
  Shape shape;
  shape.source = "github";
  shape.ci = "github";
  shape.max_age = 3 * Millis{24} * 3600 * 1000;
  return shape;
}

Job job_of(std::string name, Results results) {
  Job job;
  job.id = "7";
  job.name = std::move(name);
  job.state = {Phase::ended, results};
  return job;
}

Run run_of() {
  Run run;
  run.state = {Phase::ended, Results::failure};
  run.id = "run-7.2";
  run.number = 42;
  run.attempt = 2;
  run.numeric_id = 7;
  run.project = "acme/app";
  run.pipeline = "CI";
  run.submitted = seconds - 100;
  run.started = seconds - 90;
  run.ended = seconds - 10;
  run.url = "https://github.com/acme/app/actions/runs/7";
  run.repository = "https://github.com/acme/app.git";
  run.revision = "abc";
  run.branch = "main";
  run.commit = {
      .revision = "abc", .author = "Ann <x>", .mail = "ann@example.org", .message = "Ring\n\nlouder"};
  run.event = "push";
  run.owner = "ann";
  run.jobs = {job_of("linux", Results::failure), job_of("mac", Results::success),
              job_of("docs", Results::exception)};
  return run;
}

std::string text_of(const Event& event, std::string_view path) {
  const json::value* value = find(event.body, path);
  return value == nullptr ? "(missing)" : json::serialize(*value);
}

TEST(RunEventTest, ABuildWithoutAPageHasOneHere) {
  auto run = run_of();
  run.url = "";
  Shape of_source = shape();
  of_source.pages = {"http://ci/", false};
  EXPECT_EQ(event_of(run, of_source, now, "").body.at("url"), "") << "a Buildbot knows nothing of it";
  of_source.pages.ours = true;
  EXPECT_EQ(event_of(run, of_source, now, "").body.at("url"), "http://ci/b/acme%2Fapp%2FCI/42");
  run.state.phase = Phase::waits;
  EXPECT_EQ(event_of(run, of_source, now, "").body.at("url"), "http://ci/b/acme%2Fapp%2FCI");
  run.url = "https://ci.example.org/7";
  EXPECT_EQ(event_of(run, of_source, now, "").body.at("url"), "https://ci.example.org/7");
}

TEST(RunEventTest, AnEndIsABuildOfBuildbotsShape) {
  const Event event = event_of(run_of(), shape(), now, "hook, delivery 1");
  EXPECT_EQ(id_of(event), "github/builds/run-7.2/finished");
  EXPECT_EQ(event.at, (seconds - 10) * 1000);
  const BuildFacts facts = facts_of(event.body);
  EXPECT_EQ(facts.builder, "acme/app/CI");
  EXPECT_EQ(facts.number, 42);
  EXPECT_EQ(facts.attempt, 2);
  EXPECT_EQ(facts.results, Results::failure);
  EXPECT_EQ(facts.branch, "main");
  EXPECT_EQ(facts.scheduler, "push");
  EXPECT_THAT(facts.tags, testing::ElementsAre("github", "push"));
  EXPECT_EQ(text_of(event, "state_string"), R"x("failed: linux, docs (2 of 3 jobs)")x");
  EXPECT_EQ(text_of(event, "complete_at"), std::to_string(seconds - 10));
  EXPECT_EQ(text_of(event, "buildrequest.submitted_at"), std::to_string(seconds - 100));
  EXPECT_EQ(text_property(event.body, "revision"), "abc");
  EXPECT_EQ(text_of(event, "properties.owner"), R"(["ann","github"])");
  EXPECT_EQ(text_of(event, "properties.attempt"), R"([2,"github"])");
  EXPECT_THAT(responsible_users(event.body), testing::ElementsAre("Ann x <ann@example.org>", "ann"));
  const json::array& steps = event.body.at("steps").as_array();
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(json::serialize(steps[0].at("results")), "2");
  EXPECT_EQ(steps[0].at("name").as_string(), "linux");
}

TEST(RunEventTest, KeysTellPhasesAndOccurrencesApart) {
  hook::Run run = run_of();
  run.state = {Phase::runs};
  EXPECT_EQ(event_of(run, shape(), now, "").key, "builds/run-7.2/new");
  EXPECT_EQ(text_of(event_of(run, shape(), now, ""), "results"), "null");
  run.state = {Phase::waits};
  const Event waiting = event_of(run, shape(), now, "");
  EXPECT_EQ(waiting.key, "buildrequests/run-7.2/new");
  EXPECT_FALSE(waiting.body.contains("number"));
  run.state = {Phase::ended, Results::success};
  run.occurrence = "99";
  EXPECT_EQ(id_of(event_of(run, shape(), now, "")), "github/builds/run-7.2/finished@99");
  EXPECT_EQ(id_of(buildset_event_of(run, shape(), now)), "github/buildsets/run-7.2/complete@99");
}

TEST(RunEventTest, JobsOfARunShareItsBuildset) {
  const hook::Run run = run_of();
  hook::Run job = run_of();
  job.id = "job-9";
  job.of_run = run.id;
  job.job = "linux";
  EXPECT_EQ(builder_of(job, shape()), "acme/app/CI/linux");
  const Event of_run = event_of(run, shape(), now, "");
  const Event of_job = event_of(job, shape(), now, "");
  EXPECT_EQ(text_of(of_run, "buildset.bsid"), text_of(of_job, "buildset.bsid"));
  EXPECT_EQ(text_of(of_run, "buildset.bsid"), text_of(buildset_event_of(run, shape(), now), "bsid"));
  job.of_run = "run-7.1";
  EXPECT_NE(text_of(of_run, "buildset.bsid"), text_of(event_of(job, shape(), now, ""), "buildset.bsid"));
}

TEST(RunEventTest, NobodyOutOfAForkIsMailed) {
  hook::Run run = run_of();
  run.from_fork = true;
  EXPECT_THAT(responsible_users(event_of(run, shape(), now, "").body), testing::ElementsAre("Ann x", "ann"));
  Shape trusting = shape();
  trusting.trusts_forks = true;
  EXPECT_THAT(responsible_users(event_of(run, trusting, now, "").body),
              testing::ElementsAre("Ann x <ann@example.org>", "ann"));
}

TEST(RunEventTest, AnOwnerOutOfAForkIsNoAddress) {
  hook::Run run = run_of();
  run.owner = "victim@stranger.example.org";
  EXPECT_NE(text_of(event_of(run, shape(), now, ""), "properties.owner"), "(missing)");
  run.from_fork = true;
  EXPECT_EQ(text_of(event_of(run, shape(), now, ""), "properties.owner"), "(missing)");
}

TEST(RunEventTest, AddressesOfNobodyAreLeftOut) {
  hook::Run run = run_of();
  for (const char* mail : {"1+ann@users.noreply.github.com", "[REDACTED]", "dependabot[bot]@example.org", "",
                           "ann", "a b@example.org", "ann@example.org>, <eve@example.org"}) {
    run.commit.mail = mail;
    EXPECT_EQ(text_of(event_of(run, shape(), now, ""), "changes").find('@'), std::string::npos) << mail;
  }
  run.owner = "dependabot[bot]";
  EXPECT_EQ(text_of(event_of(run, shape(), now, ""), "properties.owner"), "(missing)");
  Shape known = shape();
  known.people = {{"ann", "ann@work.example.org"}};
  run.owner = "ann";
  EXPECT_EQ(text_of(event_of(run, known, now, ""), "properties.owner"),
            R"(["ann@work.example.org","github"])");
}

TEST(RunEventTest, LinesStayLines) {
  hook::Run run = run_of();
  run.pipeline = "C\r\nI\xff";
  run.reason = std::string(500, 'x');
  run.jobs[0].name = "li\nnux";
  run.url = "javascript:alert(1)";
  const Event event = event_of(run, shape(), now, "");
  EXPECT_EQ(BuildView(event.body).builder(), "acme/app/C I\xef\xbf\xbd");
  EXPECT_EQ(BuildView(event.body).url(), "");
  EXPECT_EQ(text_property(event.body, "reason"), std::string(199, 'x') + "…");
  EXPECT_EQ(text_of(event, "state_string"), R"x("failed: li nux, docs (2 of 3 jobs)")x");
}

TEST(RunEventTest, ManyFailedJobsStayOnALine) {
  hook::Run run = run_of();
  run.jobs.clear();
  for (int i = 0; i < 300; ++i)
    run.jobs.push_back(job_of("job " + std::to_string(i), Results::failure));
  const std::string text = state_string_of(run);
  EXPECT_TRUE(text.ends_with("… (300 of 300 jobs)")) << text;
  EXPECT_TRUE(text.starts_with("failed: job 0, job 1, ")) << text;
}

TEST(RunEventTest, WhatSaysMoreThanNamesOfJobsIsToldInTheirPlace) {
  hook::Run run = run_of();
  run.said = "exit status 3";
  EXPECT_EQ(event_of(run, shape(), now, "").body.at("state_string"), "failed: linux, docs (2 of 3 jobs)");
  run.said_counts = true;
  EXPECT_EQ(event_of(run, shape(), now, "").body.at("state_string"), "exit status 3");
}

TEST(RunEventTest, ALogThatWasToldAlongIsInItsStep) {
  hook::Run run = run_of();
  run.jobs.resize(2);
  run.jobs[0].log = "one\ntwo";
  const Event event = event_of(run, shape(), now, "");
  const json::array& steps = event.body.at("steps").as_array();
  const json::array& logs = steps[0].at("logs").as_array();
  ASSERT_EQ(logs.size(), 1U);
  EXPECT_EQ(text_at(logs[0].as_object(), "content.content"), "one\ntwo");
  EXPECT_EQ(logs[0].at("num_lines").as_int64(), 2);
  EXPECT_EQ(text_at(logs[0].as_object(), "name"), "stdio");
  EXPECT_GT(logs[0].at("logid").as_int64(), 0);
  EXPECT_TRUE(steps[1].at("logs").as_array().empty());
}

TEST(RunEventTest, AJobThatStandsForTheWholeRunHasItsLogOnly) {
  hook::Run run = run_of();
  hook::Job whole = job_of("console", Results::failure);
  whole.id = "7";
  whole.has_log = true;
  whole.whole_run = "app-42";
  run.jobs = {whole};
  run.said = "3 of 12 tests failed";
  Event event = event_of(run, shape(), now, "");
  EXPECT_EQ(text_of(event, "state_string"), R"("3 of 12 tests failed")");
  const json::object& asked_for = event.body.at("steps").at(0).as_object();
  EXPECT_EQ(asked_for.at(log_member), "app-42");
  EXPECT_FALSE(asked_for.contains("logs"));
  run.jobs[0].has_log = false;
  run.jobs[0].log = "make: *** no bell\n";
  event = event_of(run, shape(), now, "");
  const json::object& sent_along = event.body.at("steps").at(0).as_object();
  EXPECT_FALSE(sent_along.contains(log_member));
  EXPECT_EQ(sent_along.at("logs").at(0).at("content").at("content"), "make: *** no bell\n");
}

TEST(RunEventTest, WhatEndedLongAgoIsNotTold) {
  hook::Run run = run_of();
  EXPECT_EQ(too_old(run, shape(), now), "");
  run.ended = seconds - 3 * 24 * 3600;
  EXPECT_EQ(too_old(run, shape(), now), "");
  run.ended = seconds - 12 * 24 * 3600;
  EXPECT_EQ(too_old(run, shape(), now), "ended 12 days before it was heard of");
  run.state = {Phase::runs};
  EXPECT_EQ(too_old(run, shape(), now), "");
}

TEST(RunEventTest, AMomentInTheFutureIsNow) {
  hook::Run run = run_of();
  run.ended = seconds + 3600;
  const Event event = event_of(run, shape(), now, "");
  EXPECT_EQ(event.at, now);
  EXPECT_EQ(text_of(event, "complete_at"), std::to_string(seconds));
}

TEST(RunEventTest, NamesOfFailedTestsAreBounded) {
  hook::Run run = run_of();
  run.tests = Tests{.total = 100, .passed = 20, .failed = 80, .skipped = 0, .failed_names = {}};
  for (int i = 0; i < 80; ++i)
    run.tests->failed_names.push_back("test " + std::to_string(i));
  const Event event = event_of(run, shape(), now, "");
  EXPECT_EQ(text_of(event, "tests.failed"), "80");
  EXPECT_EQ(event.body.at("tests").at("failed_names").as_array().size(), 50U);
}

TEST(RunEventTest, PatternsNameBuilders) {
  hook::Run run = run_of();
  run.job = "linux";
  Shape named = shape();
  named.builder = "%(workflow)s: %(job)s of %(repo)s 100%%";
  EXPECT_EQ(builder_of(run, named), "CI: linux of acme/app 100%");
  EXPECT_FALSE(expand("%(reop)s", run, nullptr));
  EXPECT_FALSE(expand("50%", run, nullptr));
}

TEST(RunEventTest, PartsOfKeysArePlain) {
  EXPECT_EQ(key_part("run-7.2_a"), "run-7.2_a");
  EXPECT_EQ(key_part("a/b c~"), "a%2Fb%20c%7E");
}

TEST(RunEventTest, DurationsHaveUnits) {
  EXPECT_EQ(duration_of("90s"), 90'000);
  EXPECT_EQ(duration_of("5m"), 300'000);
  EXPECT_EQ(duration_of("2h"), 7'200'000);
  EXPECT_EQ(duration_of("3d"), 259'200'000);
  EXPECT_EQ(duration_of("1w"), 604'800'000);
  EXPECT_EQ(duration_of(" 90 "), 90'000);
  for (const char* text : {"", "d", "0", "-3d", "3 days", "1.5h", "99999999999w", "1e3"})
    EXPECT_EQ(duration_of(text), std::nullopt) << text;
}

}  // namespace
}  // namespace carillon::source::hook
