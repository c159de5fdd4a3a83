#include "source/hydra/hydra_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::hydra {
namespace {

using hook::Phase;

json::object finished(const json::object& changes = {}) {
  json::object body{{"event", "buildFinished"},
                    {"build", 4711},
                    {"finished", true},
                    {"timestamp", 1777888800},
                    {"project", "belfry"},
                    {"jobset", "main"},
                    {"job", "tenor.x86_64-linux"},
                    {"drvPath", "/nix/store/0123-tenor.drv"},
                    {"startTime", 1777888802},
                    {"stopTime", 1777889251},
                    {"buildStatus", 1},
                    {"nixName", "tenor-1.2"},
                    {"system", "x86_64-linux"}};
  for (const auto& [name, value] : changes)
    body[name] = value;
  return body;
}

class HydraHookTest : public testing::Test {
 protected:
  Result<hook::Heard> hear(const json::object& body) { return hook_.hear({}, json::serialize(body), 0); }
  hook::Run run(const json::object& body) {
    auto heard = hear(body);
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }

  HydraHook hook_{hook::Secrets{Secret("hush")}, "https://hydra.example.org/"};
};

TEST_F(HydraHookTest, AnEnd) {
  const hook::Run made = run(finished());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "build-4711");
  EXPECT_EQ(made.number, 4711);
  EXPECT_EQ(made.project, "belfry");
  EXPECT_EQ(made.pipeline, "main");
  EXPECT_EQ(made.job, "tenor.x86_64-linux");
  EXPECT_EQ(made.submitted, 1777888800);
  EXPECT_EQ(made.started, 1777888802);
  EXPECT_EQ(made.ended, 1777889251);
  EXPECT_EQ(made.said, "build failed");
  EXPECT_EQ(made.url, "https://hydra.example.org/build/4711");
}

TEST_F(HydraHookTest, EachStatus) {
  const std::pair<int, Results> statuses[] = {
      {0, Results::success},   {1, Results::failure},  {2, Results::failure},  {3, Results::exception},
      {4, Results::cancelled}, {6, Results::failure},  {7, Results::failure},  {9, Results::exception},
      {10, Results::failure},  {11, Results::failure}, {99, Results::failure},
  };
  for (const auto& [status, results] : statuses)
    EXPECT_EQ(run(finished({{"buildStatus", status}})).state.results, results) << status;
  EXPECT_THAT(hear(finished({{"buildStatus", 99}}))->notes, testing::ElementsAre("unknown buildStatus 99"));
}

TEST_F(HydraHookTest, WhatWasBuiltBeforeIsCached) {
  const hook::Run made = run(finished({{"buildStatus", 0}, {"stopTime", 1777888802}}));
  EXPECT_EQ(made.state.results, Results::success);
  EXPECT_EQ(made.said, "cached");
  EXPECT_EQ(run(finished({{"buildStatus", 0}})).said, "");
}

TEST_F(HydraHookTest, WhatIsNotWantedIsIgnored) {
  EXPECT_EQ(hear({{"event", "stepFinished"}})->ignored, "stepFinished");
  EXPECT_EQ(hear({})->ignored, "no event");
  EXPECT_EQ(hear(finished({{"buildStatus", nullptr}}))->ignored, "buildFinished without buildStatus");
}

TEST_F(HydraHookTest, WhatIsMissingIsNamed) {
  for (const char* name : {"build", "project", "jobset", "job"}) {
    json::object body = finished();
    body.erase(name);
    auto heard = hear(body);
    EXPECT_EQ(heard ? "taken" : heard.error().what, std::string(name) + ": missing");
  }
}

}  // namespace
}  // namespace carillon::source::hydra
