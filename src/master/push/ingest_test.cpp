#include "master/push/ingest.hpp"

#include <gtest/gtest.h>

namespace carillon::master::push {
namespace {

constexpr Millis now = 1'700'000'000'000;

Result<Posted> parse_it(std::string_view body) {
  return parse(body, "push", "http://carillon/", now);
}

std::string error_of(std::string_view body) {
  const auto posted = parse_it(body);
  return posted ? "no error" : posted.error().what;
}

TEST(Ingest, ABareBuildNeedsThreeThingsOnly) {
  const auto posted =
      parse_it(R"({"builder": {"name": "linux x"}, "number": 7, "results": 2, "extra": {"kept": true}})");
  ASSERT_TRUE(posted) << posted.error().what;
  EXPECT_TRUE(posted->single);
  const Event& event = posted->events.at(0);
  EXPECT_EQ(event.master, "push");
  EXPECT_EQ(event.key, "builds/linux x/7/finished");
  EXPECT_EQ(event.at, now);
  EXPECT_EQ(event.body.at("complete"), true);
  EXPECT_EQ(event.body.at("url"), "http://carillon/#builders/linux%20x/builds/7");
  EXPECT_TRUE(event.body.at("extra").at("kept").as_bool());
  EXPECT_TRUE(event.body.at("buildset").at("sourcestamps").as_array().empty());
  EXPECT_TRUE(event.body.at("properties").as_object().empty());
}

TEST(Ingest, AHttpStatusPushBodyIsTakenAsItIs) {
  const auto started =
      parse_it(R"({"buildid": 20, "builder": {"name": "b", "tags": ["t"]}, "number": 7, "complete": false,
      "results": null, "started_at": 1700000000, "properties": {}, "url": "http://bb/#builders/1/builds/7"})");
  ASSERT_TRUE(started);
  EXPECT_EQ(started->events[0].key, "builds/20/new");
  EXPECT_EQ(started->events[0].at, 1'700'000'000'000);
  EXPECT_EQ(started->events[0].body.at("url"), "http://bb/#builders/1/builds/7");
  const auto finished =
      parse_it(R"({"buildid": 20, "builder": {"name": "b"}, "number": 7, "complete": true, "results": 0,
      "started_at": 1700000000.25, "complete_at": 1700000009.75})");
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->events[0].key, "builds/20/finished");
  EXPECT_EQ(finished->events[0].body.at("complete_at"), 1700000009);
}

TEST(Ingest, WebsocketMessagesKeepTheirKeys) {
  const auto posted =
      parse_it(R"({"k": "builds/3/finished", "m": {"builder": {"name": "b"}, "number": 1, "results": 0}}
{"k": "buildsets/9/complete", "m": {"bsid": 9, "results": 0, "sourcestamps": [{"branch": "main"}]}}

{"k": "workers/2/missing", "m": {"name": "w", "last_connection": "yesterday", "notify": ["a@example.org"]}}
{"k": "steps/4/finished", "m": {"anything": 1}})");
  ASSERT_TRUE(posted) << posted.error().what;
  EXPECT_FALSE(posted->single);
  ASSERT_EQ(posted->events.size(), 4U);
  EXPECT_EQ(posted->events[0].key, "builds/3/finished");
  EXPECT_EQ(posted->events[1].key, "buildsets/9/complete");
  EXPECT_EQ(posted->events[2].occurrence, "yesterday");
  EXPECT_EQ(kind_of(posted->events[3].key), EventKind::other);
}

TEST(Ingest, APrettyPrintedObjectIsOneEvent) {
  const auto posted =
      parse_it("{\n  \"builder\": {\"name\": \"b\"},\n  \"number\": 1,\n  \"results\": 0\n}\n");
  ASSERT_TRUE(posted);
  EXPECT_TRUE(posted->single);
}

TEST(Ingest, ErrorsNameTheLineAndThePath) {
  EXPECT_EQ(error_of(""), "the body is empty");
  EXPECT_EQ(error_of("[]"), "line 1: must be a JSON object");
  EXPECT_EQ(error_of(R"({"number": 1, "results": 0})"), "line 1: builder.name: missing");
  EXPECT_EQ(error_of(R"({"builder": {"name": 3}, "number": 1})"),
            "line 1: builder.name: must be a string, not a number");
  EXPECT_EQ(error_of(R"({"builder": "x", "number": 1})"), "line 1: builder: must be an object, not a string");
  EXPECT_EQ(error_of(R"({"builder": {"name": "b"}})"), "line 1: number: missing");
  EXPECT_EQ(error_of(R"({"builder": {"name": "b"}, "number": 1.5})"),
            "line 1: number: must be a whole number, not a number");
  EXPECT_NE(error_of(R"({"builder": {"name": "b"}, "number": 1, "results": 9})").find("line 1: results:"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"builder": {"name": "b"}, "number": 1, "complete": true})").find("results: missing"),
            std::string::npos);
  EXPECT_EQ(
      error_of(R"({"builder": {"name": "b"}, "number": 1, "results": 0, "buildset": {"sourcestamps": [1]}})"),
      "line 1: buildset.sourcestamps[0]: must be an object, not a number");
  EXPECT_EQ(error_of(R"({"k": "builds/1/finished"})"), "line 1: m: missing");
  EXPECT_EQ(error_of(R"({"k": "builds/1/finished", "m": {"number": 1}})"), "line 1: m.builder.name: missing");
  EXPECT_NE(error_of("{\"builder\": ").find("line 1: not JSON"), std::string::npos);
  EXPECT_NE(
      error_of("{\"builder\":{\"name\":\"b\"},\"number\":1,\"results\":0}\n{\"x\n").find("line 2: not JSON"),
      std::string::npos);
  EXPECT_NE(error_of(std::string("{\"a\": \"\xff\"}")).find("not JSON"), std::string::npos);
}

TEST(Ingest, ABatchHasALimit) {
  std::string body;
  for (std::size_t i = 0; i <= max_batch; ++i) {
    body += "{\"builder\":{\"name\":\"b\"},\"number\":" + std::to_string(i) + ",\"results\":0}\n";
  }
  EXPECT_EQ(error_of(body), "line 10001: more than 10000 events in a request");
  body.resize(body.find_last_of('{', body.find_last_of('{') - 1));
  const auto posted = parse_it(body);
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->events.size(), max_batch);
}

TEST(Ingest, DeepNestingIsRefusedAndDoesNotCrash) {
  EXPECT_NE(error_of(R"({"a": )" + std::string(100'000, '[')).find("not JSON"), std::string::npos);
}

TEST(Ingest, RequestsHaveABuildsShapeWithoutANumber) {
  const auto posted = parse_it(
      R"({"k": "buildrequests/4/new", "m": {"builder": {"name": "b x"}, "buildrequest": {"submitted_at": 1700000000}}}
{"k": "buildrequests/4/complete", "m": {"builder": {"name": "b x"}, "results": 6, "complete_at": 1700000009, "url": "u"}}
{"k": "buildrequests/5/new", "m": {"buildrequestid": 5, "builderid": 2}})");
  ASSERT_TRUE(posted) << posted.error().what;
  ASSERT_EQ(posted->events.size(), 3U);
  const Event& waits = posted->events[0];
  EXPECT_EQ(kind_of(waits.key), EventKind::request_waiting);
  EXPECT_EQ(waits.body.at("url"), "http://carillon/#builders/b%20x");
  EXPECT_EQ(waits.body.at("complete"), false);
  EXPECT_FALSE(waits.body.contains("number"));
  const Event& ended = posted->events[1];
  EXPECT_EQ(kind_of(ended.key), EventKind::request_ended);
  EXPECT_EQ(ended.at, 1'700'000'009'000);
  EXPECT_EQ(ended.body.at("results"), 6);
  EXPECT_EQ(ended.body.at("url"), "u");
  EXPECT_EQ(posted->events[2].body, json::object()) << "Buildbot's own message names no builder";
  EXPECT_NE(error_of(R"({"k": "buildrequests/4/complete", "m": {"builder": {"name": "b"}}})")
                .find("m.results: missing"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"k": "buildrequests/4/new", "m": {"builder": {"name": "b"}, "results": 0}})")
                .find("m.results: a request that waits has none"),
            std::string::npos);
}

}  // namespace
}  // namespace carillon::master::push
