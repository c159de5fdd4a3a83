#include "source/jenkins/jenkins_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "source/jenkins/jenkins_run.hpp"

namespace carillon::source::jenkins {
namespace {

using hook::Phase;
using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<Settings> hooked() {
  auto settings = std::make_shared<Settings>();
  settings->url = "https://jenkins.example.org/";
  settings->tokens = {Secret("hush"), Secret("next")};
  return settings;
}

json::object notification(const char* phase, json::object changes = {}) {
  json::object build{{"number", 42},
                     {"queue_id", 1234},
                     {"timestamp", 1'777'888'861'734},
                     {"duration", 61'234},
                     {"phase", phase},
                     {"url", "job/team/job/app/job/main/42/"},
                     {"scm", json::object{{"url", "https://git.example.org/team/app.git"},
                                          {"branch", "origin/main"},
                                          {"commit", "abc"},
                                          {"changes", json::array{"src/bell.c"}},
                                          {"culprits", json::array{"dana"}}}},
                     {"parameters", json::object{{"TARGET", "linux"}, {"PASSWORD", "hush"}}},
                     {"log", "ring\nno bell\n"}};
  for (const auto& [name, value] : changes)
    build[name] = value;
  return {{"name", "main"}, {"url", "job/team/job/app/job/main/"}, {"build", build}};
}

web::Request request_of(std::string body, std::string type = "") {
  web::Request request;
  request.authorization = "Bearer hush";
  request.content_type = "application/json;charset=UTF-8";
  if (!type.empty()) request.headers = {{"ce-type", std::move(type)}, {"ce-id", "9db7dda0"}};
  request.body = std::move(body);
  return request;
}

class JenkinsHookTest : public testing::Test {
 protected:
  Result<hook::Heard> hear(const std::string& body, const std::string& type = "") {
    const web::Request request = request_of(body, type);
    EXPECT_TRUE(hook_.is_right(request, request.body, 0));
    EXPECT_EQ(hook_.unsupported(request), "");
    return hook_.hear(request, request.body, 0);
  }
  hook::Run run(const json::object& body, const std::string& type = "") {
    auto heard = hear(json::serialize(body), type);
    if (!heard || heard->runs.size() != 1) {
      ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
      return {};
    }
    return heard->runs.front();
  }
  std::string ignored(const json::object& body, const std::string& type = "") {
    auto heard = hear(json::serialize(body), type);
    return heard ? heard->ignored : "refused: " + heard.error().what;
  }
  std::string refused(const std::string& body, const std::string& type = "") {
    auto heard = hear(body, type);
    return heard ? "taken" : heard.error().what;
  }

  std::shared_ptr<Settings> settings_ = hooked();
  JenkinsHook hook_{settings_};
};

TEST_F(JenkinsHookTest, AnEndByTheNotificationPlugin) {
  settings_->keep = {"TARGET"};
  const hook::Run made = run(notification(
      "COMPLETED",
      {{"status", "FAILURE"},
       {"test_summary", json::object{{"total", 12},
                                     {"failed", 1},
                                     {"passed", 10},
                                     {"skipped", 1},
                                     {"failed_tests", json::array{"org.example.AppTest.opens"}}}}}));
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "team%2Fapp%2Fmain-42.1234");
  EXPECT_EQ(made.posted_as, "team%2Fapp%2Fmain-42");
  EXPECT_EQ(made.occurrence, "failure");
  EXPECT_EQ(made.project, "team/app/main");
  EXPECT_EQ(made.url, "https://jenkins.example.org/job/team/job/app/job/main/42/");
  EXPECT_EQ(made.ended, 1'777'888'861);
  EXPECT_EQ(made.started, 1'777'888'800);
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.revision, "abc");
  EXPECT_EQ(made.repository, "https://git.example.org/team/app.git");
  EXPECT_EQ(made.commit.author, "dana");
  EXPECT_EQ(made.commit.mail, "");
  EXPECT_THAT(made.commit.files, ElementsAre("src/bell.c"));
  ASSERT_TRUE(made.tests);
  EXPECT_EQ(made.tests->passed, 10);
  EXPECT_THAT(made.tests->failed_names, ElementsAre("org.example.AppTest.opens"));
  EXPECT_EQ(made.said, "1 of 12 tests failed");
  ASSERT_EQ(made.jobs.size(), 1U);
  EXPECT_FALSE(made.jobs[0].has_log);
  EXPECT_EQ(made.jobs[0].log, "ring\nno bell\n");
  ASSERT_EQ(made.properties.size(), 3U);
  EXPECT_EQ(made.properties[0].second, "dana");
  EXPECT_EQ(made.properties[1].first, "TARGET");
  EXPECT_EQ(made.properties[2].second, 1234);
}

TEST_F(JenkinsHookTest, AStartByTheNotificationPlugin) {
  const hook::Run made = run(notification("STARTED", {{"duration", 0}}));
  EXPECT_EQ(made.state.phase, Phase::runs);
  EXPECT_EQ(made.started, 1'777'888'861);
  EXPECT_EQ(made.ended, std::nullopt);
  EXPECT_EQ(made.occurrence, "");
}

TEST_F(JenkinsHookTest, CompletedAndFinalizedAreOneEnd) {
  const hook::Run completed = run(notification("COMPLETED", {{"status", "SUCCESS"}}));
  hook::Run finalized =
      run(notification("FINALIZED", {{"status", "SUCCESS"}, {"timestamp", 1'777'888'862'000}}));
  EXPECT_EQ(completed.id, finalized.id);
  EXPECT_EQ(completed.occurrence, finalized.occurrence);
  finalized = run(notification("FINALIZED", {{"status", "FAILURE"}}));
  EXPECT_EQ(completed.id, finalized.id);
  EXPECT_NE(completed.occurrence, finalized.occurrence);
  // The API says the same of it.
  const json::object asked{{"number", 42}, {"queueId", 1234}, {"building", false}, {"result", "FAILURE"}};
  std::vector<std::string> notes;
  const auto polled = run_of_build(*settings_, "team/app/main", asked, notes);
  ASSERT_TRUE(polled);
  EXPECT_EQ(polled->id, finalized.id);
  EXPECT_EQ(polled->occurrence, finalized.occurrence);
}

TEST_F(JenkinsHookTest, PhasesThatAreNoNews) {
  EXPECT_EQ(ignored(notification("QUEUED")), "phase QUEUED");
  EXPECT_EQ(ignored(notification("ODD")), "phase ODD");
  EXPECT_EQ(ignored(notification("COMPLETED")), "phase COMPLETED without a status");
  EXPECT_EQ(refused(json::serialize(notification("FINALIZED"))), "build.status: missing");
}

TEST_F(JenkinsHookTest, ByTheCloudEventsPlugin) {
  const json::object body{
      {"userId", "dana"},
      {"name", "test2"},
      {"url", "job/test2/"},
      {"build", json::object{{"number", 13},
                             {"queueId", 25},
                             {"timestamp", 1'626'611'059'215},
                             {"duration", 5583},
                             {"phase", "COMPLETED"},
                             {"status", "ABORTED"},
                             {"scmState", json::object{{"url", "git@git.example.org:a/b.git"},
                                                       {"branch", "origin/main"},
                                                       {"commit", "abc"}}}}}};
  const hook::Run made = run(body, "org.jenkinsci.job.completed");
  EXPECT_EQ(made.id, "test2-13.25");
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::cancelled}));
  EXPECT_EQ(made.owner, "dana");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.repository, "git@git.example.org:a/b.git");
  EXPECT_EQ(made.started, 1'626'611'053);
  EXPECT_EQ(run(body, "org.jenkinsci.job.finalzed").occurrence, "aborted");
  EXPECT_EQ(run(body, "org.jenkinsci.job.started").state.phase, Phase::runs);
  EXPECT_EQ(ignored(body, "org.jenkinsci.queue.entered_waiting"), "org.jenkinsci.queue.entered_waiting");
  EXPECT_EQ(ignored(body, "org.jenkinsci.job.deleted"), "org.jenkinsci.job.deleted");
  EXPECT_EQ(hear(json::serialize(body), "org.jenkinsci.job.started")->delivery, "9db7dda0");
}

TEST_F(JenkinsHookTest, ByTheStatisticsGatherer) {
  json::object body{
      {"ciUrl", "http://localhost/"},
      {"fullJobName", "team/app/main"},
      {"result", "INPROGRESS"},
      {"number", 252},
      {"startTime", 1'469'453'903},
      {"buildCause", "Started by user Dana"},
      {"startedUserId", "dana"},
      {"slaveInfo", json::object{{"slaveName", "optimus"}}},
      {"scmInfo", json::object{{"url", "https://git.example.org/a.git"}, {"branch", "origin/main"}}}};
  hook::Run made = run(body);
  EXPECT_EQ(made.id, "team%2Fapp%2Fmain-252");
  EXPECT_EQ(made.state.phase, Phase::runs);
  EXPECT_EQ(made.started, 1'469'453'903);
  EXPECT_EQ(made.worker, "optimus");
  EXPECT_EQ(made.owner, "dana");
  EXPECT_EQ(made.reason, "Started by user Dana");
  body = {{"fullJobName", "bell"},
          {"result", "ABORTED"},
          {"number", 3},
          {"endTime", 1'469'453'903},
          {"duration", 9452}};
  made = run(body);
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::cancelled}));
  EXPECT_EQ(made.ended, 1'469'453'903);
  EXPECT_EQ(made.started, 1'469'453'894);
  EXPECT_EQ(ignored({{"ciUrl", "x"}, {"entryTime", 5}}), "statistics of something else than a build");
  EXPECT_EQ(refused(R"({"fullJobName": "a/../b", "result": "SUCCESS", "number": 1})"),
            "fullJobName: is no path of a job");
}

TEST_F(JenkinsHookTest, TheCDEventsPluginIsRefused) {
  const std::string named = "Jenkins' CDEvents plugin";
  EXPECT_THAT(refused("CloudEvent{id='1', source=x, type='dev.cdevents.pipelinerun.finished.0.1.0'}"),
              HasSubstr(named));
  EXPECT_THAT(refused("{}", "dev.cdevents.pipelinerun.finished.0.1.0"), HasSubstr(named));
  EXPECT_THAT(refused(R"({"context": {"type": "dev.cdevents.pipelinerun.finished.0.1.0"}})"),
              HasSubstr(named));
}

TEST_F(JenkinsHookTest, WhoMay) {
  const auto may = [&](std::string authorization, std::string key = "") {
    web::Head head;
    head.authorization = std::move(authorization);
    if (!key.empty()) head.parameters = {{"key", std::move(key)}};
    return hook_.may_be_right(head) && hook_.is_right(head, "", 0);
  };
  EXPECT_TRUE(may("Bearer hush"));
  EXPECT_TRUE(may("Bearer next"));
  EXPECT_TRUE(may("Basic " + base64_encode("any:hush")));
  EXPECT_TRUE(may("", "hush"));
  EXPECT_FALSE(may(""));
  EXPECT_FALSE(may("Bearer hush2"));
  EXPECT_FALSE(may("Bearer "));
  EXPECT_FALSE(may("Basic " + base64_encode("hush:")));
  EXPECT_FALSE(may("", "husk"));
  EXPECT_FALSE(may("hush"));
}

TEST_F(JenkinsHookTest, PathsWithKeysAreSecret) {
  const auto paths = hook_.paths("ci");
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_EQ(paths[0].path, "/hook/ci");
  EXPECT_FALSE(paths[0].secret);
  EXPECT_EQ(paths[1].path, "/hook/ci/{key}");
  EXPECT_TRUE(paths[1].secret);
}

TEST_F(JenkinsHookTest, OtherFormatsAreNotSupported) {
  const auto why = [&](std::string type) {
    web::Head head;
    head.content_type = std::move(type);
    return hook_.unsupported(head);
  };
  EXPECT_THAT(why("application/xml;charset=UTF-8"), HasSubstr("JSON"));
  EXPECT_THAT(why("application/cloudevents+json"), HasSubstr("binary"));
  EXPECT_THAT(why("application/x-www-form-urlencoded"), HasSubstr("JSON"));
  EXPECT_EQ(why("application/json"), "");
  EXPECT_EQ(why(""), "");
}

TEST_F(JenkinsHookTest, OnlyJobsThatAreNamed) {
  settings_->jobs = {"team/*"};
  run(notification("STARTED"));
  settings_->jobs = {"other/*"};
  EXPECT_EQ(ignored(notification("STARTED")), "a build of team/app/main, which jobs= does not name");
}

TEST_F(JenkinsHookTest, ConfigurationsOfAMatrixAreNotTold) {
  json::object body = notification("STARTED");
  body["url"] = "job/app/label=linux/";
  EXPECT_EQ(ignored(body), "a part of a job, which tells of the whole");
}

TEST_F(JenkinsHookTest, WhatIsMissingIsNamed) {
  json::object body = notification("STARTED");
  body.erase("url");
  EXPECT_EQ(refused(json::serialize(body)), "url: missing");
  body["url"] = "http://x/";
  EXPECT_EQ(refused(json::serialize(body)), "url: is no address of a job like job/team/job/app/");
  body = notification("STARTED");
  body.at("build").get_object().erase("number");
  EXPECT_EQ(refused(json::serialize(body)), "build.number: missing");
  EXPECT_EQ(refused(R"({"build": {}})"), "build.phase: missing");
  EXPECT_EQ(refused(R"({"build": 5})"), "build.phase: missing");
  EXPECT_EQ(refused(R"({"fullJobName": "a"})"), "number: missing");
  EXPECT_THAT(refused("{}"), HasSubstr("build: missing"));
  EXPECT_THAT(refused("no JSON"), HasSubstr("not JSON"));
  EXPECT_THAT(refused("[]"), HasSubstr("must be a JSON object"));
}

}  // namespace
}  // namespace carillon::source::jenkins
