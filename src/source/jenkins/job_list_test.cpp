#include "source/jenkins/job_list.hpp"

#include <gtest/gtest.h>

namespace carillon::source::jenkins {
namespace {

json::object job(std::string name, std::int64_t last, bool building, std::int64_t millis) {
  return {{"fullName", std::move(name)},
          {"lastBuild", json::object{{"number", last}, {"building", building}, {"timestamp", millis}}}};
}

hook::Run build_of(std::int64_t number, hook::Phase phase, std::int64_t started, std::int64_t ended) {
  hook::Run run;
  run.number = number;
  run.state.phase = phase;
  run.started = started;
  run.ended = ended;
  return run;
}

TEST(JobListTest, TheTreeGoesFourLevelsDown) {
  const std::string fields = "jobs[fullName,url,color,lastBuild[number,building,timestamp]";
  EXPECT_EQ(jobs_tree(500),
            fields + "," + fields + "," + fields + "," + fields + "]{0,500}]{0,500}]{0,500}]{500,1000}");
}

TEST(JobListTest, JobsInFolders) {
  json::object page{
      {"jobs",
       json::array{job("bell", 3, false, 1'700'000'000'000),
                   json::object{{"fullName", "team"}, {"jobs", json::array{job("team/app", 7, true, 5)}}},
                   json::object{{"fullName", "never"}, {"lastBuild", nullptr}},
                   json::object{{"fullName", "../x"}, {"lastBuild", json::object{{"number", 1}}}}}}};
  JobList list;
  read_jobs(page, "", 0, list);
  ASSERT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(list.jobs[0].job, "bell");
  EXPECT_EQ(list.jobs[0].last, 3);
  EXPECT_FALSE(list.jobs[0].building);
  EXPECT_EQ(list.jobs[0].began, 1'700'000'000);
  EXPECT_EQ(list.jobs[1].job, "team/app");
  EXPECT_TRUE(list.jobs[1].building);
  EXPECT_TRUE(list.more.empty());
}

TEST(JobListTest, FullPagesGoOn) {
  json::array many;
  for (std::size_t i = 0; i < jobs_in_a_page; ++i)
    many.push_back(job("team/" + std::to_string(i), 1, false, 5));
  JobList list;
  read_jobs({{"jobs", json::array{json::object{{"fullName", "team"}, {"jobs", many}}}}}, "", 0, list);
  ASSERT_EQ(list.more.size(), 1U);
  EXPECT_EQ(list.more[0].folder, "team");
  EXPECT_EQ(list.more[0].from, 500U);
  list = {};
  read_jobs({{"jobs", many}}, "team", 500, list);
  ASSERT_EQ(list.more.size(), 1U);
  EXPECT_EQ(list.more[0].from, 1000U);
}

TEST(JobListTest, OnlyJobsWithNewsAreAsked) {
  const KnownJob quiet{.last = 7, .building = false, .running = {}, .began = 900};
  EXPECT_FALSE(has_news({"a", 7, false, 900}, &quiet, 0));
  EXPECT_TRUE(has_news({"a", 8, false, 900}, &quiet, 0));
  EXPECT_TRUE(has_news({"a", 7, false, 950}, &quiet, 0)) << "made again";
  EXPECT_FALSE(is_made_again({"a", 7, false, 900}, quiet));
  EXPECT_FALSE(is_made_again({"a", 8, false, 950}, quiet));
  EXPECT_TRUE(is_made_again({"a", 7, false, 950}, quiet));
  EXPECT_TRUE(is_made_again({"a", 1, false, 950}, quiet));
  EXPECT_TRUE(has_news({"a", 7, true, 900}, &quiet, 0));
  const KnownJob runs{.last = 7, .building = false, .running = {5}, .began = 900};
  EXPECT_TRUE(has_news({"a", 7, false, 900}, &runs, 0));
  EXPECT_FALSE(has_news({"a", 7, false, 900}, nullptr, 901));
  EXPECT_TRUE(has_news({"a", 7, false, 900}, nullptr, 900));
  EXPECT_TRUE(has_news({"a", 7, true, 900}, nullptr, 901));
}

TEST(JobListTest, NewsAreWhatWasNotKnownOrRan) {
  const KnownJob known{.last = 7, .building = true, .running = {5, 7}, .began = 10};
  EXPECT_FALSE(is_news(build_of(6, hook::Phase::ended, 10, 20), &known, 0));
  EXPECT_TRUE(is_news(build_of(5, hook::Phase::ended, 10, 20), &known, 0));
  EXPECT_TRUE(is_news(build_of(8, hook::Phase::ended, 10, 20), &known, 0));
  EXPECT_TRUE(is_news(build_of(6, hook::Phase::runs, 10, 20), &known, 0));
  EXPECT_FALSE(is_news(build_of(6, hook::Phase::ended, 10, 20), nullptr, 21));
  EXPECT_TRUE(is_news(build_of(6, hook::Phase::ended, 10, 20), nullptr, 20));
}

}  // namespace
}  // namespace carillon::source::jenkins
