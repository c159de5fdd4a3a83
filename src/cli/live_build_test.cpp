#include "cli/live_build.hpp"

#include <gtest/gtest.h>

#include "fakes/master.hpp"
#include "fakes/run.hpp"

namespace carillon::cli {
namespace {

using test::run;

constexpr const char* build_text =
    R"({"builds": [{"buildid": 20, "number": 7, "builderid": 2, "buildrequestid": 13,
  "workerid": 1, "started_at": 1700000000, "complete": true, "complete_at": 1700000100, "results": 2}]})";

std::shared_ptr<test::FakeMaster> master() {
  auto made = std::make_shared<test::FakeMaster>();
  for (const char* path : {"builds/20", "builders/2/builds/7", "builders/2/builds?order=-number&limit=1"})
    made->answer(path, build_text);
  made->answer("builders?name=lin%20ux", R"({"builders": [{"builderid": 2, "name": "lin ux"}]})");
  made->answer("builders/2", R"({"builders": [{"builderid": 2, "name": "lin ux", "tags": []}]})");
  made->answer("buildrequests/13", R"({"buildrequests": [{"buildrequestid": 13, "buildsetid": 9}]})");
  made->answer("buildsets/9", R"({"buildsets": [{"bsid": 9, "sourcestamps": []}]})");
  made->answer("workers/1", R"({"workers": [{"workerid": 1, "name": "w1"}]})");
  made->answer("builds/20/properties", R"({"properties": [{"branch": ["main", "Build"]}]})");
  return made;
}

TEST(LiveBuild, ByEveryNameOfIt) {
  for (const char* name : {"lin ux/7", "lin ux", "20", "http://ci/#/builders/2/builds/7"}) {
    asio::io_context io;
    const auto asked = run(io, ask_build(master(), *parse_build_name(name)));
    ASSERT_TRUE(asked && *asked) << name;
    const Event& event = **asked;
    EXPECT_EQ(event.key, "builds/20/finished");
    EXPECT_EQ(event.source, "ci");
    EXPECT_EQ(event.at, 1700000100'000);
    const BuildFacts facts = facts_of(event.body);
    EXPECT_EQ(facts.builder, "lin ux");
    EXPECT_EQ(facts.buildset, 9);
    EXPECT_EQ(facts.results, Results::failure);
    EXPECT_EQ(facts.branch, "main");
    EXPECT_EQ(string_at(event.body, "workername"), "w1");
    EXPECT_EQ(string_at(event.body, "url"), "http://ci/#builders/2/builds/7");
  }
}

TEST(LiveBuild, WhatTheMasterDoesNotHaveAndAMasterThatIsAway) {
  asio::io_context io;
  auto there = master();
  for (const char* name : {"mac/7", "lin ux/8", "21"}) {
    const auto asked = run(io, ask_build(there, *parse_build_name(name)));
    ASSERT_TRUE(asked) << name;
    EXPECT_FALSE(*asked) << name;
  }
  there->answers.insert_or_assign("workers/1", Result<json::value>(unreachable("down")));
  EXPECT_EQ(run(io, ask_build(there, *parse_build_name("20"))).error().what, "down");
  EXPECT_TRUE(there->controlled.empty());
}

}  // namespace
}  // namespace carillon::cli
