#include "source/cdevents/cdevents_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "source/cdevents/cdevents_run.hpp"
#include "source/cdevents/cloud_event.hpp"

namespace carillon::source::cdevents {
namespace {

using hook::Phase;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::shared_ptr<Settings> settings() {
  auto settings = std::make_shared<Settings>();
  settings->tokens = {Secret("hush"), Secret("new-hush")};
  settings->signing = {Secret("whsec_" + base64_encode("key"))};
  settings->origins = {"eventgrid.azure.net", "*.example.org"};
  return settings;
}

json::object event(const std::string& type, json::object content, const char* version = "specversion") {
  return {{"context", json::object{{version, "0.5.1"},
                                   {"id", "271069a8"},
                                   {"source", "/ci/alpha"},
                                   {"type", "dev.cdevents." + type},
                                   {"chainId", "chain-1"},
                                   {"timestamp", "2023-03-20T14:27:05.315384Z"}}},
          {"subject", json::object{{"id", "release-41"}, {"content", std::move(content)}}}};
}

class CDEventsHookTest : public testing::Test {
 protected:
  Result<hook::Heard> hear(const std::string& type, const std::string& body, web::Head head = {}) {
    head.content_type = type;
    return hook_.hear(head, body, 0);
  }
  Result<hook::Heard> hear(const json::object& body) {
    return hear("application/json", json::serialize(body));
  }
  hook::Heard heard(const json::object& body) {
    auto made = hear(body);
    if (made) return *made;
    ADD_FAILURE() << made.error().what;
    return {};
  }
  hook::Run run(const json::object& body) {
    const hook::Heard made = heard(body);
    if (made.runs.size() == 1) return made.runs.front();
    ADD_FAILURE() << "no run: " << made.ignored;
    return {};
  }
  std::string refused(const std::string& type, const std::string& body) {
    auto made = hear(type, body);
    return made ? "taken" : made.error().what;
  }

  std::shared_ptr<Settings> settings_ = settings();
  CDEventsHook hook_{settings_};
};

TEST_F(CDEventsHookTest, AnEndOfAPipeline) {
  const hook::Run made = run(event("pipelinerun.finished.0.3.0", {{"pipelineName", "release"},
                                                                  {"uri", "https://ci.example.org/r/41"},
                                                                  {"outcome", "failure"},
                                                                  {"errors", "It broke\nbadly"}}));
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.pipeline, "release");
  EXPECT_EQ(made.number, 41);
  EXPECT_FALSE(made.counted);
  EXPECT_EQ(made.said, "It broke");
  EXPECT_EQ(made.url, "https://ci.example.org/r/41");
  EXPECT_EQ(made.ended, 1'679'322'425);
  EXPECT_EQ(made.started, std::nullopt);
  EXPECT_EQ(made.chain, "chain-1");
  EXPECT_THAT(made.id, HasSubstr("pipeline-"));
}

TEST_F(CDEventsHookTest, TheThreeStatesOfAPipelineAreOneBuild) {
  const hook::Run waits = run(event("pipelinerun.queued.0.2.0", {}));
  const hook::Run runs = run(event("pipelinerun.started.0.2.0", {}));
  const hook::Run ended = run(event("pipelinerun.finished.0.2.0", {{"outcome", "success"}}));
  EXPECT_EQ(waits.state.phase, Phase::waits);
  EXPECT_EQ(waits.submitted, 1'679'322'425);
  EXPECT_EQ(runs.state.phase, Phase::runs);
  EXPECT_EQ(runs.started, 1'679'322'425);
  EXPECT_EQ(ended.state, (hook::State{Phase::ended, Results::success}));
  EXPECT_EQ(waits.id, runs.id);
  EXPECT_EQ(ended.id, runs.id);
  EXPECT_EQ(runs.pipeline, "/ci/alpha") << "without a name its source is all there is";
}

TEST_F(CDEventsHookTest, SubjectsOfOtherSourcesAreOthers) {
  json::object other = event("pipelinerun.started.0.2.0", {});
  other["subject"].get_object()["source"] = "/ci/beta";
  EXPECT_NE(run(other).id, run(event("pipelinerun.started.0.2.0", {})).id);
  EXPECT_NE(heard(event("taskrun.started.0.2.0", {})).runs.at(0).id,
            run(event("pipelinerun.started.0.2.0", {})).id);
}

TEST_F(CDEventsHookTest, EachOutcomeHasItsResult) {
  const std::pair<const char*, Results> outcomes[] = {
      {"success", Results::success}, {"pass", Results::success},     {"failure", Results::failure},
      {"fail", Results::failure},    {"error", Results::exception},  {"cancel", Results::cancelled},
      {"skip", Results::skipped},    {"purple", Results::exception}, {"running", Results::exception},
  };
  for (const auto& [word, results] : outcomes) {
    const hook::Heard made = heard(event("pipelinerun.finished.0.2.0", {{"outcome", word}}));
    EXPECT_EQ(made.runs.at(0).state, (hook::State{Phase::ended, results})) << word;
    const bool odd = std::string_view(word) == "purple" || std::string_view(word) == "running";
    EXPECT_EQ(made.notes.size(), odd ? 1U : 0U) << word;
  }
}

TEST_F(CDEventsHookTest, WithoutAnOutcomeErrorsDecide) {
  const hook::Heard good = heard(event("pipelinerun.finished.0.1.0", {}, "version"));
  EXPECT_EQ(good.runs.at(0).state.results, Results::success);
  EXPECT_EQ(good.notes.size(), 1U);
  const hook::Heard bad = heard(event("pipelinerun.finished.0.1.0", {{"errors", "no"}}, "version"));
  EXPECT_EQ(bad.runs.at(0).state.results, Results::failure);
}

TEST_F(CDEventsHookTest, ATaskIsAStepOfItsPipeline) {
  const hook::Heard made = heard(event("taskrun.finished.0.3.0", {{"taskName", "compile"},
                                                                  {"outcome", "failure"},
                                                                  {"errors", "no space left"},
                                                                  {"pipelineRun", {{"id", "release-41"}}}}));
  ASSERT_EQ(made.jobs.size(), 1U);
  const hook::JobOfRun& job = made.jobs.front();
  EXPECT_EQ(job.run, run(event("pipelinerun.started.0.2.0", {})).id);
  EXPECT_EQ(job.job.name, "compile");
  EXPECT_EQ(job.job.said, "no space left");
  EXPECT_EQ(job.job.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_TRUE(job.may_be_alone);
  EXPECT_EQ(job.alone.of_run, job.run);
  const hook::Heard alone =
      heard(event("taskrun.finished.0.3.0", {{"taskName", "compile"}, {"outcome", "failure"}}));
  EXPECT_EQ(alone.jobs.size(), 0U);
  EXPECT_EQ(alone.runs.at(0).pipeline, "compile");
}

TEST_F(CDEventsHookTest, TestsBelongToTheirSuiteOrChain) {
  const json::object content{{"outcome", "fail"},
                             {"reason", "Host not found"},
                             {"testSuite", {{"id", "s"}, {"name", "Auth"}}},
                             {"testCase", {{"id", "c"}, {"name", "Login"}}}};
  const hook::Heard suite = heard(event("testsuiterun.finished.0.1.0", content));
  ASSERT_EQ(suite.jobs.size(), 1U);
  EXPECT_EQ(suite.jobs[0].run, "");
  EXPECT_EQ(suite.jobs[0].chain, "chain-1");
  EXPECT_EQ(suite.jobs[0].job.name, "Auth");
  EXPECT_EQ(suite.jobs[0].job.said, "Host not found");
  EXPECT_EQ(suite.jobs[0].alone.pipeline, "Auth");
  const hook::Heard one = heard(event("testcaserun.finished.0.1.0", content));
  ASSERT_EQ(one.tests.size(), 1U);
  EXPECT_EQ(one.tests[0].of, "");
  EXPECT_EQ(one.tests[0].name, "Login");
  EXPECT_EQ(one.tests[0].results, Results::failure);
  json::object in_suite = content;
  in_suite["testSuiteRun"] = {{"id", "release-41"}};
  EXPECT_EQ(heard(event("testcaserun.finished.0.1.0", in_suite)).tests.at(0).of, suite.jobs[0].job.id);
  in_suite.erase("outcome");
  EXPECT_EQ(heard(event("testcaserun.skipped.0.1.0", in_suite)).tests.at(0).results, Results::skipped);
  settings_->tests = false;
  EXPECT_EQ(heard(event("testcaserun.finished.0.1.0", content)).tests.at(0).alone.id, "");
  EXPECT_EQ(heard(event("testsuiterun.finished.0.1.0", content)).jobs.at(0).alone.id, "");
}

TEST_F(CDEventsHookTest, WhatIsNotWantedIsIgnored) {
  for (const char* type : {"build.finished.0.3.0", "artifact.published.0.2.0", "taskrun.queued.0.1.0",
                           "testcaserun.queued.0.1.0", "testcaserun.started.0.1.0", "pipelinerun", ""}) {
    EXPECT_EQ(heard(event(type, {})).ignored, std::string("dev.cdevents.") + type);
  }
  json::object foreign = event("x", {});
  foreign["context"].get_object()["type"] = "org.jenkinsci.job.completed";
  EXPECT_EQ(heard(foreign).ignored, "org.jenkinsci.job.completed");
}

TEST_F(CDEventsHookTest, AllFormsOfOneEventAreTheSame) {
  const json::object plain =
      event("pipelinerun.finished.0.3.0", {{"pipelineName", "release"}, {"outcome", "failure"}});
  const std::string data = json::serialize(plain);
  const json::object structured{{"specversion", "1.0"},
                                {"id", "e1"},
                                {"type", "dev.cdevents.pipelinerun.finished.0.3.0"},
                                {"source", "/ci/alpha"},
                                {"data", plain}};
  json::object encoded = structured;
  encoded.erase("data");
  encoded["data_base64"] = base64_encode(data);
  json::object as_text = structured;
  as_text["data"] = data;
  web::Head binary;
  binary.headers = {
      {"ce-type", "dev.cdevents.pipelinerun.finished.0.3.0"}, {"ce-id", "e%201"}, {"ce-source", "/ci/alpha"}};
  const std::string id = run(plain).id;
  const Result<hook::Heard> forms[] = {
      hear("application/json; charset=utf-8", data, binary),
      hear("", data, binary),
      hear("application/vnd.cdevents+json", data),
      hear("Application/CloudEvents+JSON; charset=utf-8", json::serialize(structured)),
      hear("application/json", json::serialize(structured)),
      hear("application/cloudevents+json", json::serialize(encoded)),
      hear("application/cloudevents+json", json::serialize(as_text)),
      hear("application/cloudevents-batch+json", json::serialize(json::array{structured})),
  };
  for (const Result<hook::Heard>& form : forms) {
    ASSERT_TRUE(form) << form.error().what;
    ASSERT_EQ(form->runs.size(), 1U);
    EXPECT_EQ(form->runs[0].id, id);
    EXPECT_EQ(form->runs[0].number, 41);
  }
  EXPECT_EQ(forms[0]->delivery, "e 1");
  EXPECT_EQ(forms[3]->delivery, "e1");
}

TEST_F(CDEventsHookTest, SpinnakerSendsNeitherSubjectNorTime) {
  web::Head binary;
  binary.headers = {{"ce-type", "dev.cdevents.pipelinerun.finished.0.1.0"},
                    {"ce-source", "https://spinnaker.example.org/"}};
  json::object body{{"subject", {{"id", "01HX"}, {"content", {{"outcome", "success"}}}}}};
  const auto made = hear("application/json", json::serialize(body), binary);
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(made->runs.at(0).pipeline, "https://spinnaker.example.org/");
  EXPECT_EQ(made->runs.at(0).ended, std::nullopt);
}

TEST_F(CDEventsHookTest, ABatchHoldsAtMostAThousand) {
  const json::object one{{"type", "dev.cdevents.pipelinerun.started.0.1.0"},
                         {"data", event("pipelinerun.started.0.1.0", {})}};
  const auto batch = [&](std::size_t count) {
    json::array events(count, one);
    events.push_back({{"type", "dev.cdevents.build.started.0.1.0"}, {"data", json::object()}});
    return json::serialize(events);
  };
  const auto most = hear("application/cloudevents-batch+json", batch(999));
  ASSERT_TRUE(most) << most.error().what;
  EXPECT_EQ(most->runs.size(), 999U);
  EXPECT_EQ(most->ignored, "");
  EXPECT_EQ(refused("application/cloudevents-batch+json", batch(1000)), "holds more than 1000");
  EXPECT_EQ(hear("application/cloudevents-batch+json", batch(0))->ignored,
            "dev.cdevents.build.started.0.1.0");
  EXPECT_EQ(hear("application/cloudevents-batch+json", "[]")->ignored, "an empty batch");
}

TEST_F(CDEventsHookTest, WhatIsMissingIsNamedWithItsPath) {
  constexpr const char* batch = "application/cloudevents-batch+json";
  constexpr const char* structured = "application/cloudevents+json";
  EXPECT_EQ(refused("application/json", "{}"), "context.type: missing");
  EXPECT_EQ(refused("application/json", R"({"context":{"type":7}})"),
            "context.type: must be a string, not a number");
  EXPECT_EQ(refused("application/json", R"({"context":{"type":"dev.cdevents.pipelinerun.started.1"}})"),
            "subject.id: missing");
  EXPECT_EQ(refused(structured, "{}"), "type: missing");
  EXPECT_EQ(refused(structured, R"({"type":"x"})"), "data: missing");
  EXPECT_EQ(refused(structured, R"({"type":"x","data":"<x/>"})").substr(0, 14), "data: not JSON");
  EXPECT_EQ(refused(structured, R"({"type":"x","data_base64":"?"})"), "data_base64: is no base64");
  EXPECT_EQ(refused(batch, "{}"), "must be a JSON list, not an object");
  EXPECT_EQ(refused(batch, "[7]"), "[0]: must be an object, not a number");
  EXPECT_EQ(refused(batch, R"([{"type":"x","data":{}},{}])"), "[1].type: missing");
  EXPECT_EQ(refused(batch, R"([{"type":"dev.cdevents.taskrun.started.1","data":{}}])"),
            "[0].data.subject.id: missing");
  EXPECT_THAT(refused("application/json", "CDEvent(context=Context(id=7))"),
              HasSubstr("use sources.Jenkins"));
}

TEST_F(CDEventsHookTest, TypesOfBodies) {
  web::Head head;
  for (const char* type : {"", "application/json", "application/cloudevents+json;charset=utf-8",
                           "application/cloudevents-batch+json"}) {
    head.content_type = type;
    EXPECT_EQ(hook_.unsupported(head), "") << type;
  }
  for (const char* type : {"application/xml", "text/plain", "application/cloudevents+avro",
                           "application/x-www-form-urlencoded"}) {
    head.content_type = type;
    EXPECT_THAT(hook_.unsupported(head), HasSubstr("application/cloudevents+json")) << type;
  }
}

TEST_F(CDEventsHookTest, TokensMayBeShownInThreeWays) {
  const auto right = [&](const web::Head& head) {
    EXPECT_EQ(hook_.may_be_right(head), hook_.is_right(head, "x", 0));
    return hook_.is_right(head, "x", 0);
  };
  web::Head head;
  EXPECT_FALSE(right(head));
  head.authorization = "Bearer hush";
  EXPECT_TRUE(right(head));
  head.authorization = "Bearer hushh";
  EXPECT_FALSE(right(head));
  head.authorization = "Basic " + base64_encode("tekton:new-hush");
  EXPECT_TRUE(right(head));
  head.parameters = {{"key", "wrong"}};
  EXPECT_FALSE(right(head)) << "the address is what counts where it has a key";
  head.authorization.clear();
  head.parameters = {{"key", "new-hush"}};
  EXPECT_TRUE(right(head));
  head.parameters = {{"key", ""}};
  EXPECT_FALSE(right(head));
}

TEST_F(CDEventsHookTest, SignaturesOfStandardWebhooks) {
  web::Head head;
  head.headers = {{"webhook-id", "m1"}, {"webhook-timestamp", "1700000000"}};
  const std::string mac = base64_encode(hook::hmac_sha256("key", "m1.1700000000.{}"));
  head.headers["webhook-signature"] = "v1," + mac;
  EXPECT_TRUE(hook_.may_be_right(head));
  EXPECT_TRUE(hook_.is_right(head, "{}", 1'700'000'000));
  EXPECT_FALSE(hook_.is_right(head, "{ }", 1'700'000'000));
  EXPECT_FALSE(hook_.is_right(head, "{}", 1'700'001'000));
  settings_->signing.clear();
  EXPECT_FALSE(hook_.may_be_right(head));
  EXPECT_FALSE(hook_.is_right(head, "{}", 1'700'000'000));
}

TEST_F(CDEventsHookTest, WhoeverAsksIsToldWhetherItMayCome) {
  web::Head head;
  EXPECT_THAT(hook_.greet(head).headers, ElementsAre(Pair("Allow", "POST, OPTIONS")));
  head.headers = {{"webhook-request-origin", "evil.example.com"}, {"webhook-request-rate", "120"}};
  EXPECT_THAT(hook_.greet(head).headers, ElementsAre(Pair("Allow", "POST, OPTIONS")));
  head.headers["webhook-request-origin"] = "eventgrid.azure.net";
  EXPECT_EQ(hook_.greet(head).status, 200);
  EXPECT_THAT(hook_.greet(head).headers, ElementsAre(Pair("Allow", "POST, OPTIONS"),
                                                     Pair("WebHook-Allowed-Origin", "eventgrid.azure.net"),
                                                     Pair("WebHook-Allowed-Rate", "*")));
  head.headers = {{"webhook-request-origin", "ci.example.org"}};
  EXPECT_EQ(hook_.greet(head).headers.size(), 2U) << "no rate was asked for";
}

TEST_F(CDEventsHookTest, PathsWithAKeyAreSecret) {
  std::vector<std::string> open;
  std::vector<std::string> secret;
  for (const auto& path : hook_.paths("cd"))
    (path.secret ? secret : open).push_back(path.method + " " + path.path);
  EXPECT_THAT(open, ElementsAre("POST /hook/cd", "OPTIONS /hook/cd"));
  EXPECT_THAT(secret, ElementsAre("POST /hook/cd/{key}", "OPTIONS /hook/cd/{key}"));
  settings_->tokens.clear();
  EXPECT_EQ(hook_.paths("cd").size(), 2U);
}

TEST(CDEventsNumber, IsWhatPeopleCount) {
  const std::pair<const char*, std::optional<std::int64_t>> texts[] = {
      {"mySubject123", 123},
      {"build-42", 42},
      {"42", 42},
      {"/job/team/app/7/", 7},
      {"/runs/8?tab=9", 8},
      {"", std::nullopt},
      {"release", std::nullopt},
      {"271069a8-fc18-44f1-b38f-9d70a1695819", std::nullopt},
      {"271069a8-fc18-44f1-b38f-123456789012", std::nullopt},
      {"release-run-6gplk", std::nullopt},
      {"release-run-gplk6", std::nullopt},
      {"build-d34db33f", std::nullopt},
      {"1234567890123", std::nullopt},
  };
  for (const auto& [text, number] : texts)
    EXPECT_EQ(number_in(text), number) << text;
}

}  // namespace
}  // namespace carillon::source::cdevents
