#include "source/generic/generic_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "fakes/run.hpp"
#include "settings/error.hpp"
#include "source/fake_environment.hpp"
#include "source/generic/generic.hpp"
#include "source/hook/run_event.hpp"

namespace carillon::source::generic {
namespace {

using hook::Phase;
using settings::Dict;
using settings::List;
using settings::Value;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Millis now = 1'700'000'000'000;

// As Python gives it to the program.
Value value_of(const json::value& plain) {
  if (const auto* object = plain.if_object()) {
    Dict dict;
    for (const auto& [name, member] : *object) {
      dict.keys.push_back(Value{std::string(name)});
      dict.values.push_back(value_of(member));
    }
    return Value{std::move(dict)};
  }
  if (const auto* array = plain.if_array()) {
    List list;
    for (const json::value& item : *array)
      list.push_back(value_of(item));
    return Value{std::move(list)};
  }
  if (plain.is_bool()) return Value{plain.get_bool()};
  if (plain.is_int64()) return Value{plain.get_int64()};
  if (plain.is_string()) return Value{std::string(plain.get_string())};
  return {};
}

settings::Arguments arguments(const char* keywords) {
  settings::Call call;
  call.class_name = "Generic";
  call.where = "x.cfg:1";
  call.keywords.emplace_back("token", Value{Secret("hush")});
  const json::value given = json::parse(keywords);
  for (const auto& [name, value] : given.as_object())
    call.keywords.emplace_back(name, value_of(value));
  return settings::Arguments::bind(schema(), call);
}

std::string error_of(const char* keywords) {
  try {
    (void)Settings::from(arguments(keywords));
  } catch (const settings::ConfigError& error) {
    return error.what();
  }
  return "";
}

web::Request request_of(std::string body) {
  web::Request request;
  request.authorization = "Bearer hush";
  request.headers["content-type"] = request.content_type = "application/json";
  request.headers["x-event"] = "build";
  request.headers["authorization"] = request.authorization;
  request.body = std::move(body);
  return request;
}

Result<hook::Heard> hear(const char* keywords, const char* body, std::string key = "") {
  const GenericHook hook(std::make_shared<const Settings>(Settings::from(arguments(keywords))));
  web::Request request = request_of(body);
  if (!key.empty()) request.headers["idempotency-key"] = std::move(key);
  EXPECT_TRUE(hook.may_be_right(request));
  EXPECT_TRUE(hook.is_right(request, request.body, now / 1000));
  return hook.hear(request, request.body, now);
}

hook::Run run_of(const char* keywords, const char* body, const std::string& key = "") {
  auto heard = hear(keywords, body, key);
  if (!heard || heard->runs.size() != 1) {
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }
  return heard->runs.front();
}

std::string refused(const char* keywords, const char* body) {
  const auto heard = hear(keywords, body);
  return heard ? "taken" : heard.error().what;
}

std::string ignored(const char* keywords, const char* body) {
  const auto heard = hear(keywords, body);
  return heard ? heard->ignored : "refused: " + heard.error().what;
}

constexpr const char* whole = R"({"mapping": {
  "id": "$.run.id", "attempt": "$.run.try", "number": "$.run.number", "project": "$.repo", "pipeline": "$.flow",
  "job": "$.job", "results": "$.run.result", "state": "$.run.state", "state_string": "$.run.text",
  "url": "$.run.url", "branch": "$.ref", "base_branch": "$.base", "revision": "$.sha", "repository": "$.clone",
  "started": "$.run.start", "ended": "$.run.end", "submitted": "$.run.queued", "owner": "$.by",
  "reason": "$.why", "event": "$headers.x-event", "worker": "$.on", "author": "$.commit.name",
  "mail": "$.commit.mail", "message": "$.commit.text", "files": "$.commit.files", "pull_request": "$.pr",
  "pull_request_url": "$.pr_url", "head_repository": "$.fork", "tags": "$.labels[*].name",
  "tests": {"total": "$.tests.n", "failed": "$.tests.bad", "failed_names": "$.tests.names"},
  "properties": {"queue": "$.queue", "more": "$.more", "absent": "$.absent"},
  "steps": {"each": "$.jobs[*]", "name": "$.name", "results": "$.result", "started": "$.start"}}})";

TEST(GenericHook, EveryFieldIsMapped) {
  const hook::Run run =
      run_of(whole, R"({"repo": "acme/app", "flow": "nightly", "job": "linux", "ref": "main",
    "base": "main", "sha": "abc", "clone": "https://x/acme/app.git", "by": "ann", "why": "because", "on": "w1",
    "run": {"id": "7f/3", "try": "2", "number": 42, "result": "FAILURE", "state": "done", "text": "3 of 5 failed",
            "url": "https://x/runs/7", "start": "2023-11-14T22:00:00Z", "end": 1700000000, "queued": 1699999000000},
    "commit": {"name": "Ann", "mail": "ann@example.org", "text": "Ring", "files": ["a", "b"]},
    "pr": 9, "pr_url": "https://x/pr/9", "fork": "eve/app", "labels": [{"name": "slow"}, {"name": "big"}],
    "tests": {"n": 5, "bad": 3, "names": ["x", "y"]}, "queue": 3, "more": {"a": 1},
    "jobs": [{"name": "fetch", "result": "ok", "start": 1699999000}, {"name": "test", "result": "failed"}]})");
  EXPECT_EQ(run.id, "7f%2F3.2");
  EXPECT_EQ(run.attempt, 2);
  EXPECT_EQ(run.number, 42);
  EXPECT_EQ(run.project, "acme/app");
  EXPECT_EQ(run.pipeline, "nightly");
  EXPECT_EQ(run.job, "linux");
  EXPECT_EQ(run.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(run.said, "3 of 5 failed");
  EXPECT_EQ(run.url, "https://x/runs/7");
  EXPECT_EQ(run.branch, "refs/pull/9/head") << "a fork's main is none of ours";
  EXPECT_EQ(run.head_branch, "main");
  EXPECT_TRUE(run.from_fork);
  EXPECT_EQ(run.started, 1'699'999'200);
  EXPECT_EQ(run.ended, 1'700'000'000);
  EXPECT_EQ(run.submitted, 1'699'999'000);
  EXPECT_EQ(run.owner, "ann");
  EXPECT_EQ(run.event, "build");
  EXPECT_EQ(run.worker, "w1");
  EXPECT_EQ(run.commit.mail, "ann@example.org");
  EXPECT_EQ(run.commit.revision, "abc");
  EXPECT_THAT(run.commit.files, ElementsAre("a", "b"));
  EXPECT_THAT(run.tags, ElementsAre("slow", "big"));
  ASSERT_TRUE(run.tests);
  EXPECT_EQ(run.tests->total, 5);
  EXPECT_EQ(run.tests->failed, 3);
  EXPECT_THAT(run.tests->failed_names, ElementsAre("x", "y"));
  ASSERT_EQ(run.properties.size(), 2U);
  EXPECT_EQ(run.properties[1].first, "queue");
  EXPECT_EQ(run.properties[1].second, json::value(3));
  ASSERT_EQ(run.jobs.size(), 2U);
  EXPECT_EQ(run.jobs[0].state, (hook::State{Phase::ended, Results::success}));
  EXPECT_EQ(run.jobs[0].started, 1'699'999'000);
  EXPECT_EQ(run.jobs[1].state, (hook::State{Phase::ended, Results::failure}));
}

TEST(GenericHook, LittleIsEnough) {
  constexpr const char* least = R"({"mapping": {"id": "$.id", "results": "$.status"}})";
  const hook::Run run = run_of(least, R"({"id": 17, "status": "success"})");
  EXPECT_EQ(run.id, "17");
  EXPECT_EQ(run.number, 17);
  EXPECT_EQ(run.numeric_id, 17);
  EXPECT_EQ(run.state, (hook::State{Phase::ended, Results::success}));
  const hook::Run named = run_of(least, R"({"id": "a b", "status": "success"})");
  EXPECT_EQ(named.id, "a%20b");
  EXPECT_EQ(named.number, now / 1000) << "later ones have higher numbers";
  const std::string id(500, 'x');
  EXPECT_EQ(run_of(least, json::serialize(json::object{{"id", id}, {"status", "success"}}).c_str()).id.size(),
            32U);
}

TEST(GenericHook, TheHeaderIsTheIdWhereTheMappingHasNone) {
  constexpr const char* without = R"({"mapping": {"results": "$.status"}})";
  EXPECT_EQ(run_of(without, R"({"status": "success"})", "e5b6").id, "e5b6");
  EXPECT_EQ(refused(without, R"({"status": "success"})"),
            "Idempotency-Key: missing, and the mapping has no id");
}

TEST(GenericHook, ABuilderMayBeNamed) {
  const auto settings = Settings::from(
      arguments(R"({"mapping": {"id": "$.id", "results": "$.s", "builder": "{{ body.a }}-{{ body.b }}",
                                "project": "$.a"}})"));
  const GenericHook hook(std::make_shared<const Settings>(settings));
  const web::Request request = request_of(R"({"id": 1, "s": "success", "a": "acme", "b": "docs"})");
  const auto heard = hook.hear(request, request.body, now);
  ASSERT_TRUE(heard);
  const Event event = hook::event_of(heard->runs.at(0), settings.shape, now, "");
  EXPECT_EQ(text_at(event.body, "builder.name"), "acme-docs");
}

TEST(GenericHook, StatesAndResultsAreOfManyWords) {
  constexpr const char* both = R"({"mapping": {"id": "$.id", "results": "$.r", "state": "$.s"},
    "results": {"meh": "warnings", "7": "failure", "parked": "waiting", "done": "success"}})";
  const std::pair<const char*, hook::State> bodies[] = {
      {R"({"id": 1, "r": "success", "s": "completed"})", {Phase::ended, Results::success}},
      {R"({"id": 1, "r": null, "s": "in_progress"})", {Phase::runs}},
      {R"({"id": 1, "r": "failure", "s": "running"})", {Phase::runs}},
      {R"({"id": 1, "s": "queued"})", {Phase::waits}},
      {R"({"id": 1, "s": "parked"})", {Phase::waits}},
      {R"({"id": 1, "s": "Aborted"})", {Phase::ended, Results::cancelled}},
      {R"({"id": 1, "r": "meh"})", {Phase::ended, Results::warnings}},
      {R"({"id": 1, "r": 7})", {Phase::ended, Results::failure}},
      {R"({"id": 1, "r": 3})", {Phase::ended, Results::skipped}},
      {R"({"id": 1, "r": true})", {Phase::ended, Results::success}},
      {R"({"id": 1, "r": false})", {Phase::ended, Results::failure}},
      {R"({"id": 1, "r": "odd"})", {Phase::ended, Results::exception}},
      {R"({"id": 1, "r": null})", {Phase::runs}},
  };
  for (const auto& [body, state] : bodies)
    EXPECT_EQ(run_of(both, body).state, state) << body;
  EXPECT_THAT(hear(both, R"({"id": 1, "r": "odd"})")->notes, ElementsAre("unknown result 'odd'"));
  EXPECT_EQ(ignored(both, R"({"id": 1, "s": "odd"})"), "unknown state 'odd'");
  EXPECT_EQ(refused(both, R"({"id": 1})"), "$.r (results): missing");
}

TEST(GenericHook, WithAnEndUnknownWordsBeforeItAreNoEnd) {
  constexpr const char* ends = R"({"mapping": {"id": "$.id", "results": "$.r", "ended": "$.end"}})";
  EXPECT_EQ(ignored(ends, R"({"id": 1, "r": "odd"})"), "unknown result 'odd'");
  EXPECT_EQ(run_of(ends, R"({"id": 1, "r": "odd", "end": 1700000000})").state,
            (hook::State{Phase::ended, Results::exception}));
}

TEST(GenericHook, TheFirstWayThatLeadsToSomethingCounts) {
  constexpr const char* ways =
      R"({"mapping": {"id": ["$.no", "$.null", "$.empty", "{{ body.no }}", "$.id"], "results": "$.r"}})";
  EXPECT_EQ(run_of(ways, R"({"id": "x", "null": null, "empty": "", "r": "ok"})").id, "x");
}

TEST(GenericHook, WhatIsWrongIsNamedByItsPath) {
  EXPECT_EQ(refused(whole, R"({"run": {"result": "ok", "id": [1]}})"),
            "$.run.id (id): must be a text or a number, not a list");
  EXPECT_EQ(refused(whole, R"({"run": {"result": "ok"}})"), "$.run.id (id): missing");
  EXPECT_EQ(refused(whole, R"({"run": {"id": 1, "result": "ok", "number": "seven"}})"),
            "$.run.number (number): must be a whole number, not a string");
  EXPECT_EQ(refused(whole, R"({"run": {"id": 1, "result": "ok", "number": -7}})"),
            "$.run.number (number): must not be negative");
  EXPECT_EQ(refused(whole, R"({"run": {"id": 1, "result": "ok", "start": {}}})"),
            "$.run.start (started): must be a moment, not an object");
  EXPECT_EQ(refused(whole, R"({"run": {"id": 1, "result": "ok"}, "commit": {"files": [{}]}})"),
            "$.commit.files (files): must be a list of texts, not an object");
  EXPECT_EQ(refused(whole, R"({"run": {"id": 1, "result": "ok"}, "jobs": [{"name": "a"}]})"),
            "step 0: $.result (results): missing");
  EXPECT_THAT(refused(whole, "[1]"), HasSubstr("object"));
  EXPECT_NE(refused(whole, "{"), "taken");
}

TEST(GenericHook, OnlyWhatIsMeantCounts) {
  constexpr const char* some = R"({"mapping": {"id": "$.id", "results": "$.r"},
    "when": {"$.type": ["finished", "started"], "$headers.x-event": "build", "$.draft": [null, false], "$.n": 3}})";
  EXPECT_EQ(ignored(some, R"({"id": 1, "r": "ok", "type": "finished", "n": 3})"), "");
  EXPECT_EQ(ignored(some, R"({"id": 1, "r": "ok", "type": "finished", "n": 3, "draft": false})"), "");
  EXPECT_EQ(ignored(some, R"({"id": 1, "r": "ok", "type": "created", "n": 3})"), "$.type is another one");
  EXPECT_EQ(ignored(some, R"({"type": "finished", "n": 3, "draft": true})"), "$.draft is another one");
  EXPECT_EQ(ignored(some, R"({"type": "finished", "n": 4})"), "$.n is another one");
}

TEST(GenericHook, SendersProveThemselves) {
  const auto hook_of = [](const char* keywords) {
    return GenericHook(std::make_shared<const Settings>(Settings::from(arguments(keywords))));
  };
  web::Request request = request_of("Hello, World!");
  const GenericHook with_token = hook_of(R"({"mapping": {"id": "$.id", "results": "$.r"}})");
  request.authorization = "Basic " + base64_encode("any:hush");
  EXPECT_TRUE(with_token.may_be_right(request));
  for (const char* wrong : {"", "Bearer", "Bearer hush2", "Bearer HUSH", "hush"}) {
    request.authorization = wrong;
    EXPECT_FALSE(with_token.may_be_right(request)) << wrong;
    EXPECT_FALSE(with_token.is_right(request, request.body, 0)) << wrong;
  }
  const GenericHook with_hmac = hook_of(R"({"mapping": {"id": "$.id", "results": "$.r"},
      "hmac": {"header": "X-Sign", "algo": "sha512", "prefix": "v1=", "encoding": "base64"}})");
  EXPECT_FALSE(with_hmac.may_be_right(request)) << "not signed";
  // printf 'Hello, World!' | openssl dgst -sha512 -hmac hush -binary | base64 -w0
  request.headers["x-sign"] =
      "v1=LdqZz7tlVbczIYfBigs8mYeORCzeUeJHTjKxgWu2tfpQEyfap78cmtaz4dwnGv1kREQoewlK1LKMtjL5wiZe+A==";
  EXPECT_TRUE(with_hmac.may_be_right(request));
  EXPECT_TRUE(with_hmac.is_right(request, request.body, 0));
  EXPECT_FALSE(with_hmac.is_right(request, "Hello, World?", 0));
  request.headers["x-sign"] = "v1=short";
  EXPECT_FALSE(with_hmac.may_be_right(request));
  EXPECT_FALSE(with_hmac.is_right(request, request.body, 0));
}

TEST(GenericHook, HeadersThatLetInAreNotMapped) {
  constexpr const char* mapping =
      R"({"mapping": {"id": "$.id", "results": "$.r", "reason": "$headers.authorization",
    "event": "$headers.x-event"}})";
  const hook::Run run = run_of(mapping, R"({"id": 1, "r": "ok"})");
  EXPECT_EQ(run.reason, "");
  EXPECT_EQ(run.event, "build");
}

// A function of the user's.
class FakeFunction final : public settings::Object {
 public:
  Task<json::value> call(std::string_view, json::array args, std::string_view) override {
    const json::object& body = args.at(0).as_object();
    if (!body.contains("id")) co_return rejected("master.cfg:3: KeyError: 'id'");
    co_return json::value("run-" + json::serialize(body.at("id")));
  }
  json::value attribute(std::string_view) const override { return nullptr; }
  bool overrides(std::string_view) const override { return false; }
  std::string where() const override { return "master.cfg:3"; }
};

TEST(GenericHook, FunctionsAreAsked) {
  settings::Call call;
  call.class_name = "Generic";
  call.keywords.emplace_back("token", Value{Secret("hush")});
  Dict mapping;
  mapping.keys = {Value{std::string("id")}, Value{std::string("results")}};
  mapping.values = {Value{settings::ObjectPtr(std::make_shared<FakeFunction>())}, Value{std::string("$.r")}};
  call.keywords.emplace_back("mapping", Value{std::move(mapping)});
  const GenericHook hook(
      std::make_shared<const Settings>(Settings::from(settings::Arguments::bind(schema(), call))));
  asio::io_context io;
  const auto heard_of = [&](const char* body) {
    return test::run(io, hook.hear_slowly(std::make_shared<const web::Request>(request_of(body)), now));
  };
  const auto heard = heard_of(R"({"id": 7, "r": "ok"})");
  ASSERT_TRUE(heard) << heard.error().what;
  EXPECT_EQ(heard->runs.at(0).id, "run-7");
  const auto refused = heard_of(R"({"r": "ok"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "id: master.cfg:3: KeyError: 'id'");
}

TEST(GenericSettings, SlipsAreToldWithTheirPlace) {
  EXPECT_EQ(error_of(R"({"mapping": {"id": "$.id", "result": "$.r"}})"),
            "x.cfg:1: Generic(mapping=...): 'result': is no field of a build; did you mean 'results'?");
  EXPECT_EQ(error_of(R"({"mapping": {"id": "$.id"}})"),
            "x.cfg:1: Generic(mapping=...): needs 'results' or 'state': how the build went, or goes");
  EXPECT_THAT(error_of(R"({"mapping": {}})"), HasSubstr("Generic(mapping=...): is empty"));
  EXPECT_EQ(error_of(R"({"mapping": {"id": "job.id", "results": "$.r"}})"),
            "x.cfg:1: Generic(mapping=...): 'id': must be a path like '$.job.name', or a text like "
            "'{{ body.repo }}/{{ body.flow }}', not 'job.id'; a fixed text is written \"{{ 'job.id' }}\"");
  EXPECT_THAT(error_of(R"({"mapping": {"builder.name": "nightly", "results": "$.r"}})"),
              HasSubstr("or as builder='nightly' beside the mapping"));
  EXPECT_THAT(error_of(R"({"mapping": {"id": "$.a[", "results": "$.r"}})"),
              HasSubstr("'id': a bracket is not closed"));
  EXPECT_THAT(error_of(R"({"mapping": {"id": "{{ x }}", "results": "$.r"}})"),
              HasSubstr("is no '{{ body.a.b }}'"));
  EXPECT_THAT(error_of(R"({"mapping": {"id": 7, "results": "$.r"}})"),
              HasSubstr("'id': must be a path, a text or a function, not an integer"));
  EXPECT_THAT(error_of(R"({"mapping": {"id": [], "results": "$.r"}})"), HasSubstr("'id': is an empty list"));
  EXPECT_THAT(error_of(R"({"mapping": {"results": "$.r", "steps": {"name": "$.n"}}})"),
              HasSubstr("'steps': needs 'each' and 'name'"));
  EXPECT_THAT(error_of(R"({"mapping": {"results": "$.r", "steps": {"nam": "$.n"}}})"),
              HasSubstr("'steps.nam': is no field of a step"));
  EXPECT_THAT(error_of(R"({"mapping": {"results": "$.r"}, "results": {"x": "perhaps"}})"),
              HasSubstr("Generic(results=...): 'x' must be 'success'"));
  EXPECT_THAT(error_of(R"({"mapping": {"results": "$.r"}, "results": {"x": 5}})"), HasSubstr("'x' must be"));
  EXPECT_THAT(error_of(R"({"mapping": {"results": "$.r"}, "when": {"type": "x"}})"),
              HasSubstr("Generic(when=...): must be a path like"));
  EXPECT_THAT(error_of(R"({"mapping": {"results": "$.r"}, "when": {"$.x": {"a": 1}}})"),
              HasSubstr("'$.x': must be a text, a number"));
  EXPECT_THAT(error_of(R"({"mapping": {"results": "$.r"}, "hmac": {"header": "x", "algo": "md5"}})"),
              HasSubstr("Generic(hmac=...): algo must be 'sha256', 'sha384' or 'sha512', not 'md5'"));
  EXPECT_THAT(error_of(R"({"mapping": {"results": "$.r"}, "hmac": {"header": "x", "encoding": "hax"}})"),
              HasSubstr("encoding must be 'hex' or 'base64', not 'hax'"));
  EXPECT_THAT(error_of(R"({"mapping": {"results": "$.r"}, "hmac": {}})"), HasSubstr("header"));
  EXPECT_EQ(
      error_of(R"({"mapping": {"builder.name": "$.b", "started_at": "$.t", "results": ["$.r", {"x": 2}]}})"),
      "");
}

TEST(GenericSettings, AMappingMayBringItsConditionsAndWords) {
  constexpr const char* preset =
      R"({"mapping": {"id": "$.id", "results": ["$.r", {"error": "failure"}], "when": {"$.type": "end"}}})";
  EXPECT_EQ(run_of(preset, R"({"id": 1, "r": "error", "type": "end"})").state.results, Results::failure);
  EXPECT_EQ(ignored(preset, R"({"id": 1, "r": "error"})"), "$.type is another one");
}

TEST(GenericSettings, ItNeedsAWebServer) {
  FakeEnvironment lent;
  const auto args = arguments(R"({"mapping": {"results": "$.r"}})");
  EXPECT_THROW(make(args, lent.lend(false)), settings::ConfigError);
  const auto source = make(args, lent.lend());
  EXPECT_EQ(source->name(), "generic");
  EXPECT_THAT(source->setup("http://ci/"),
              testing::Contains("Idempotency-Key: one for each build, as the mapping has no id"));
}

}  // namespace
}  // namespace carillon::source::generic
