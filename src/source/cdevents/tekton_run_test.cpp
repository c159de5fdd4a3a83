#include "source/cdevents/tekton_run.hpp"

#include <gtest/gtest.h>

namespace carillon::source::cdevents {
namespace {

using hook::Phase;

json::object resource(json::object condition, json::object labels = {}, json::object annotations = {}) {
  condition["type"] = "Succeeded";
  return {
      {"metadata", json::object{{"name", "release-run-7"},
                                {"namespace", "ci"},
                                {"uid", "6f1d4a53"},
                                {"creationTimestamp", "2026-05-04T10:00:00Z"},
                                {"labels", std::move(labels)},
                                {"annotations", std::move(annotations)}}},
      {"spec", json::object{{"params", json::array{json::object{{"name", "revision"}, {"value", "abc"}},
                                                   json::object{{"name", "url"},
                                                                {"value", "https://git.example.org/a.git"}},
                                                   json::object{{"name", "secret"}, {"value", "hush"}}}}}},
      {"status", json::object{{"conditions", json::array{json::object{{"type", "Ready"}, {"status", "True"}},
                                                         std::move(condition)}},
                              {"startTime", "2026-05-04T10:00:02Z"}}}};
}

hook::Heard hear(const std::string& type, const char* root, json::object object) {
  CloudEvent event;
  event.type = "dev.tekton.event." + type;
  event.data[root] = std::move(object);
  hook::Heard heard;
  const auto read = hear_tekton(event, heard);
  EXPECT_TRUE(read) << read.error().what;
  return heard;
}

hook::Run run(const std::string& type, json::object object) {
  const hook::Heard heard = hear(type, "pipelineRun", std::move(object));
  if (heard.runs.size() == 1) return heard.runs.front();
  ADD_FAILURE() << "no run: " << heard.ignored;
  return {};
}

TEST(Tekton, AnEndOfAPipelineRun) {
  const hook::Run made =
      run("pipelinerun.failed.v1", resource({{"status", "False"},
                                             {"reason", "Failed"},
                                             {"message", "Tasks Completed: 3\nmore"},
                                             {"lastTransitionTime", "2026-05-04T10:07:31Z"}},
                                            {{"tekton.dev/pipeline", "release"}}));
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "tekton-6f1d4a53");
  EXPECT_EQ(made.project, "ci");
  EXPECT_EQ(made.pipeline, "release");
  EXPECT_TRUE(made.counted) << "7 was drawn by lot";
  EXPECT_EQ(made.said, "Failed: Tasks Completed: 3");
  EXPECT_EQ(made.submitted, 1'777'888'800);
  EXPECT_EQ(made.started, 1'777'888'802);
  EXPECT_EQ(made.ended, 1'777'889'251);
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.repository, "https://git.example.org/a.git");
}

TEST(Tekton, TheConditionDecides) {
  struct Case {
    const char* type;
    const char* status;
    const char* reason;
    hook::State state;
  };
  const Case cases[] = {
      {"pipelinerun.successful.v1", "True", "Completed", {Phase::ended, Results::success}},
      {"pipelinerun.failed.v1", "False", "Cancelled", {Phase::ended, Results::cancelled}},
      {"pipelinerun.failed.v1", "False", "CancelledRunFinally", {Phase::ended, Results::cancelled}},
      {"pipelinerun.failed.v1", "False", "PipelineRunTimeout", {Phase::ended, Results::failure}},
      {"pipelinerun.failed.v1", "False", "CouldntGetPipeline", {Phase::ended, Results::exception}},
      {"pipelinerun.failed.v1", "False", "PipelineValidationFailed", {Phase::ended, Results::exception}},
      {"pipelinerun.failed.v1", "False", "ParameterTypeMismatch", {Phase::ended, Results::exception}},
      {"pipelinerun.failed.v1", "True", "Completed", {Phase::ended, Results::success}},
      {"pipelinerun.failed.v1", "Purple", "", {Phase::ended, Results::exception}},
      {"pipelinerun.started.v1", "Unknown", "Started", {Phase::runs, Results::success}},
      {"pipelinerun.running.v1", "Unknown", "Running", {Phase::runs, Results::success}},
      {"pipelinerun.queued.v1", "Unknown", "PipelineRunPending", {Phase::waits, Results::success}},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(run(one.type, resource({{"status", one.status}, {"reason", one.reason}})).state, one.state)
        << one.type << " " << one.reason;
  }
}

TEST(Tekton, WithoutAConditionItHasBegun) {
  json::object bare = resource({});
  bare.erase("status");
  EXPECT_EQ(run("pipelinerun.started.v1", bare).state.phase, Phase::runs);
}

TEST(Tekton, ATaskRunIsAStepOfThePipelineRunThatOwnsIt) {
  json::object task = resource({{"status", "True"}}, {{"tekton.dev/pipelineTask", "build"},
                                                      {"tekton.dev/task", "kaniko"},
                                                      {"tekton.dev/pipeline", "release"}});
  task["metadata"].get_object()["ownerReferences"] =
      json::array{json::object{{"kind", "PipelineRun"}, {"uid", "0123"}}};
  const hook::Heard owned = hear("taskrun.successful.v1", "taskRun", task);
  ASSERT_EQ(owned.jobs.size(), 1U);
  EXPECT_EQ(owned.jobs[0].run, "tekton-0123");
  EXPECT_EQ(owned.jobs[0].job.name, "build");
  EXPECT_TRUE(owned.jobs[0].may_be_alone);
  EXPECT_EQ(owned.jobs[0].alone.pipeline, "release");
  EXPECT_EQ(owned.jobs[0].alone.job, "build");
  task["metadata"].get_object().erase("ownerReferences");
  const hook::Heard alone = hear("taskrun.successful.v1", "taskRun", task);
  ASSERT_EQ(alone.runs.size(), 1U);
  EXPECT_EQ(alone.runs[0].pipeline, "kaniko");
  EXPECT_EQ(alone.runs[0].job, "");
}

TEST(Tekton, NamesWithoutLabels) {
  json::object bare = resource({{"status", "True"}});
  bare["spec"].get_object()["pipelineRef"] = {{"name", "deploy"}};
  EXPECT_EQ(run("pipelinerun.successful.v1", bare).pipeline, "deploy");
  bare["spec"].get_object().erase("pipelineRef");
  EXPECT_EQ(run("pipelinerun.successful.v1", bare).pipeline, "release-run-7");
  bare["metadata"].get_object()["generateName"] = "release-run-";
  EXPECT_EQ(run("pipelinerun.successful.v1", bare).pipeline, "release-run");
}

TEST(Tekton, WhatPipelinesAsCodeNotes) {
  const json::object marks{{"pipelinesascode.tekton.dev/sha", "def"},
                           {"pipelinesascode.tekton.dev/repo-url", "https://github.com/acme/app"},
                           {"pipelinesascode.tekton.dev/branch", "main"},
                           {"pipelinesascode.tekton.dev/event-type", "push"},
                           {"pipelinesascode.tekton.dev/sender", "ann"},
                           {"pipelinesascode.tekton.dev/log-url", "https://console.example.org/7"}};
  const hook::Run push = run("pipelinerun.successful.v1", resource({{"status", "True"}}, {}, marks));
  EXPECT_EQ(push.revision, "def");
  EXPECT_EQ(push.repository, "https://github.com/acme/app");
  EXPECT_EQ(push.branch, "main");
  EXPECT_EQ(push.owner, "ann");
  EXPECT_EQ(push.url, "https://console.example.org/7");
  json::object of_pull_request = marks;
  of_pull_request["pipelinesascode.tekton.dev/pull-request"] = "12";
  of_pull_request["pipelinesascode.tekton.dev/source-branch"] = "main";
  of_pull_request["pipelinesascode.tekton.dev/source-repo-url"] = "https://github.com/eve/app";
  const hook::Run fork =
      run("pipelinerun.successful.v1", resource({{"status", "True"}}, {}, of_pull_request));
  EXPECT_EQ(fork.branch, "refs/pull/12/head");
  EXPECT_EQ(fork.base_branch, "main");
  EXPECT_TRUE(fork.from_fork);
  of_pull_request["pipelinesascode.tekton.dev/git-provider"] = "gitlab";
  EXPECT_EQ(run("pipelinerun.successful.v1", resource({{"status", "True"}}, {}, of_pull_request)).branch,
            "refs/merge-requests/12/head");
}

TEST(Tekton, OnlyTheParametersThatAreMeantAreRead) {
  const hook::Run made = run("pipelinerun.successful.v1", resource({{"status", "True"}}));
  for (const auto& [name, value] : made.properties)
    EXPECT_EQ(json::serialize(value).find("hush"), std::string::npos) << name;
}

TEST(Tekton, WhatIsMissingIsNamedWithItsPath) {
  CloudEvent event;
  event.path = "data.";
  const auto refused = [&](const char* type, json::object data) {
    event.type = type;
    event.data = std::move(data);
    hook::Heard heard;
    const auto read = hear_tekton(event, heard);
    return read ? "taken" + heard.ignored : read.error().what;
  };
  EXPECT_EQ(refused("dev.tekton.event.pipelinerun.failed.v1", {}), "data.pipelineRun: missing");
  EXPECT_EQ(refused("dev.tekton.event.taskrun.failed.v1", {{"taskRun", {{"metadata", json::object()}}}}),
            "data.taskRun.metadata.uid: missing");
  EXPECT_EQ(refused("dev.tekton.event.triggers.done.v1", {}), "takendev.tekton.event.triggers.done.v1");
  EXPECT_EQ(refused("dev.tekton.event.", {}), "takendev.tekton.event.");
}

}  // namespace
}  // namespace carillon::source::cdevents
