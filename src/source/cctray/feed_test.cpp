#include "source/cctray/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::cctray {
namespace {

using hook::Phase;
using testing::HasSubstr;

constexpr std::int64_t now = 1'800'000'000;

Project project_of(std::string label, std::string status = "Failure",
                   std::string time = "2026-05-04T10:07:31Z") {
  return {.name = "app/unit",
          .building = false,
          .status = std::move(status),
          .label = std::move(label),
          .time = std::move(time),
          .url = "https://ci.example.org/app"};
}

hook::Run end(const Project& project) {
  const auto run = end_of(project, now);
  if (!run) ADD_FAILURE() << "no end";
  return run.value_or(hook::Run());
}

std::string refused(std::string_view text) {
  const auto projects = read_feed(text);
  return projects ? "taken" : projects.error().what;
}

TEST(FeedTest, ProjectsAreRead) {
  const auto projects = read_feed(R"(<?xml version="1.0"?><Projects>
    <Project name="a &amp; b" activity="Sleeping" lastBuildStatus="Failure" lastBuildLabel="42"
             lastBuildTime="2026-05-04T10:07:31Z" webUrl="https://ci.example.org/a"/>
    <Project name="c" activity="Building"><messages/></Project>
    <Other name="d"/></Projects>)");
  ASSERT_TRUE(projects) << projects.error().what;
  ASSERT_EQ(projects->size(), 2U);
  EXPECT_EQ((*projects)[0], (Project{.name = "a & b",
                                     .building = false,
                                     .status = "Failure",
                                     .label = "42",
                                     .time = "2026-05-04T10:07:31Z",
                                     .url = "https://ci.example.org/a"}));
  EXPECT_TRUE((*projects)[1].building);
}

TEST(FeedTest, WhatIsNoFeed) {
  EXPECT_EQ(refused("<html/>"), "no feed of projects: it has no <Projects>");
  EXPECT_THAT(refused("<html><br></html>"), HasSubstr("not XML"));
  EXPECT_EQ(refused("<!DOCTYPE Projects><Projects/>"), "has a document type (DTD), which is not read");
  EXPECT_EQ(refused("<Projects><Project name='a'/><Project name=' '/></Projects>"),
            "Project 2: name: missing");
  EXPECT_EQ(refused("<Projects/>"), "taken");
}

TEST(FeedTest, AnEnd) {
  const hook::Run run = end(project_of("42"));
  EXPECT_EQ(run.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(run.id, "app%2Funit-42");
  EXPECT_EQ(run.number, 42);
  EXPECT_EQ(run.attempt, 1);
  EXPECT_EQ(run.project, "app/unit");
  EXPECT_EQ(run.ended, 1'777'889'251);
  EXPECT_EQ(run.occurrence, "2026-05-04T10%3A07%3A31Z");
  EXPECT_EQ(run.url, "https://ci.example.org/app");
  ASSERT_EQ(run.properties.size(), 1U);
  EXPECT_EQ(run.properties[0].second, "42");
}

TEST(FeedTest, EachStatus) {
  EXPECT_EQ(end(project_of("1", "Success")).state.results, Results::success);
  EXPECT_EQ(end(project_of("1", "Failure")).state.results, Results::failure);
  EXPECT_EQ(end(project_of("1", "Exception")).state.results, Results::exception);
  EXPECT_EQ(end(project_of("1", "Odd")).state.results, Results::exception);
  EXPECT_FALSE(end_of(project_of("1", "Unknown"), now));
  EXPECT_FALSE(end_of(project_of("1", ""), now));
  EXPECT_FALSE(end_of(project_of("", "Success", ""), now));
}

TEST(FeedTest, TimesThatCannotBeTrusted) {
  EXPECT_EQ(end(project_of("1", "Success", "2009-07-27T14:17:19")).ended, now);
  EXPECT_FALSE(has_moment(project_of("1", "Success", "2009-07-27T14:17:19")));
  EXPECT_TRUE(has_moment(project_of("1")));
  EXPECT_EQ(end(project_of("1", "Success", "2030-01-01T00:00:00Z")).ended, now);
  EXPECT_EQ(end(project_of("1", "Success", "2005-09-28T10:30:34.6362160+01:00")).ended, 1'127'899'834);
}

TEST(FeedTest, Labels) {
  const auto count = [](std::string_view label) {
    const auto count = count_of(label);
    return count ? std::to_string(count->number) + "/" + std::to_string(count->attempt) : "none";
  };
  EXPECT_EQ(count("42"), "42/1");
  EXPECT_EQ(count("42.1"), "42/2");
  EXPECT_EQ(count("42 :: 2"), "42/2");
  for (const char* label : {"", "build-42", "1.2.3", "42.", ".1", "-1", "1234567890123456"})
    EXPECT_EQ(count(label), "none") << label;
  const hook::Run run = end(project_of("v1.2.3"));
  EXPECT_EQ(run.number, 1'777'889'251 / 60);
  EXPECT_EQ(run.id, "app%2Funit%23v1.2.3");
}

TEST(FeedTest, AStart) {
  Project project = project_of("42");
  EXPECT_FALSE(start_of(project));
  project.building = true;
  auto start = start_of(project);
  ASSERT_TRUE(start);
  EXPECT_EQ(start->state.phase, Phase::runs);
  EXPECT_EQ(start->number, 43);
  EXPECT_EQ(start->id, end(project_of("43")).id);
  EXPECT_EQ(start->occurrence, "");
  project = project_of("99", "Unknown", "");
  project.building = true;
  start = start_of(project);
  ASSERT_TRUE(start);
  EXPECT_EQ(start->number, 99) << "nothing has ended, so that is the one that runs";
  EXPECT_EQ(start->id, end(project_of("99")).id);
  project = project_of("v1");
  project.building = true;
  start = start_of(project);
  ASSERT_TRUE(start);
  EXPECT_EQ(start->id, "app%2Funit%23after-v1");
  EXPECT_EQ(start->number, 0);
}

}  // namespace
}  // namespace carillon::source::cctray
