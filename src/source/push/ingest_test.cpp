#include "source/push/ingest.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <set>

namespace carillon::source::push {
namespace {

constexpr Millis now = 1'700'000'000'000;

Result<Posted> parse_it(std::string_view body) {
  return parse(body, "push", {"http://carillon/", true}, now);
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
  EXPECT_EQ(event.source, "push");
  EXPECT_EQ(event.key, "builds/linux x/7/finished");
  EXPECT_EQ(event.at, now);
  EXPECT_EQ(event.body.at("complete"), true);
  EXPECT_EQ(event.body.at("url"), "http://carillon/b/linux%20x/7");
  EXPECT_TRUE(event.body.at("extra").at("kept").as_bool());
  EXPECT_TRUE(event.body.at("buildset").at("sourcestamps").as_array().empty());
  EXPECT_TRUE(event.body.at("properties").as_object().empty());
}

TEST(Ingest, AHttpStatusPushBodyIsTakenAsItIs) {
  const auto started =
      parse_it(R"({"buildid": 20, "builder": {"name": "b", "tags": ["t"]}, "number": 7, "complete": false,
      "results": null, "started_at": 1700000000, "properties": {}, "url": "http://bb/#builders/1/builds/7"})");
  ASSERT_TRUE(started);
  EXPECT_EQ(started->events[0].key, "builds/20:b/7@bb/new");
  EXPECT_EQ(started->events[0].at, 1'700'000'000'000);
  EXPECT_EQ(started->events[0].body.at("url"), "http://bb/#builders/1/builds/7");
  const auto finished =
      parse_it(R"({"buildid": 20, "builder": {"name": "b"}, "number": 7, "complete": true, "results": 0,
      "started_at": 1700000000.25, "complete_at": 1700000009.75})");
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->events[0].key, "builds/20:b/7/finished");
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
  ASSERT_EQ(posted->events.size(), 3U);
  EXPECT_EQ(posted->events[0].key, "builds/3:b/1/finished");
  EXPECT_EQ(posted->events[1].key, "buildsets/9/complete");
  EXPECT_EQ(posted->events[2].occurrence, "yesterday");
  EXPECT_EQ(posted->lines, (std::vector<std::size_t>{1, 2, 4}));
  EXPECT_EQ(posted->ignored, 1U);
  EXPECT_EQ(posted->warnings,
            std::vector<std::string>{"line 5: k: nothing is reported of 'steps/4/finished'"});
}

// Two senders with one token count their buildsets, requests and workers each for itself.
TEST(Ingest, KeysNameTheSender) {
  const auto key_of = [](const std::string& k, const std::string& m) {
    const auto posted = parse_it(R"({"k": ")" + k + R"(", "m": )" + m + "}");
    return posted ? posted->events.at(0).key : posted.error().what;
  };
  EXPECT_EQ(
      key_of("buildsets/1/complete", R"({"bsid": 1, "results": 0, "url": "https://u:p@one.example.org/x"})"),
      "buildsets/1@one.example.org/complete");
  EXPECT_EQ(key_of("buildsets/1/complete", R"({"bsid": 1, "url": "https://two/bb/#/builds"})"),
            "buildsets/1@two/bb/complete");
  EXPECT_EQ(key_of("buildsets/1/complete", R"({"bsid": 1, "submitted_at": 1690000000})"),
            "buildsets/1@1690000000/complete");
  EXPECT_EQ(key_of("buildsets/1/complete", R"({"bsid": 1, "submitted_at": 4102444800})"),
            "buildsets/1/complete");
  EXPECT_EQ(key_of("buildsets/1/complete", R"({"bsid": 1})"), "buildsets/1/complete");
  EXPECT_EQ(key_of("buildrequests/4/new", R"({"builder": {"name": "b"}, "url": "https://one/r/4"})"),
            "buildrequests/4:b@one/new");
  EXPECT_EQ(key_of("workers/2/missing", R"({"name": "w", "url": "https://one/w"})"),
            "workers/2:w@one/missing");
  EXPECT_EQ(key_of("workers/2/missing", R"({"name": "w"})"), "workers/2:w/missing");
  EXPECT_EQ(key_of("workers/w/connected", R"({"name": "w"})"), "workers/w/connected");
}

TEST(Ingest, ALogsContentIsAnObjectAsInTheDataApi) {
  const auto batch = parse_it(R"({"builder": {"name": "b"}, "number": 1, "steps": [{"name": "s", "logs": [
      {"name": "a", "logid": 7, "content": "oone\n"}, {"name": "b", "content": {"content": "x"}}, {"name": "c"}, 5]}, 6]})");
  ASSERT_TRUE(batch) << batch.error().what;
  const json::array& logs = batch->events.at(0).body.at("steps").at(0).at("logs").as_array();
  EXPECT_EQ(logs.at(0).at("content"), json::parse(R"({"firstline": 0, "logid": 7, "content": "oone\n"})"));
  EXPECT_EQ(logs.at(1).at("content"), json::parse(R"({"content": "x"})"));
  EXPECT_FALSE(logs.at(2).as_object().contains("content"));
}

TEST(Ingest, ABodyThatIsNoUtf8IsToldSo) {
  using namespace std::string_literals;
  const std::string build = R"({"builder": {"name": "b"}, "number": 1, "results": 0})";
  EXPECT_EQ(parse_it("\xef\xbb\xbf" + build)->events.at(0).key, "builds/b/1/finished");
  EXPECT_EQ(error_of("\x1f\x8b\x08\0abc"s), "the body is compressed (gzip): send it as it is");
  for (const std::string& body : {"\xff\xfe{\0}\0"s, "\xfe\xff\0{\0}"s, "{\0}\0"s, "\0{\0}"s})
    EXPECT_EQ(error_of(body), "the body must be UTF-8, not UTF-16");
}

TEST(Ingest, NumbersThatAreTooLargeAreToldSo) {
  const std::string why = "must be a whole number of at most 9223372036854775807, in digits";
  EXPECT_EQ(error_of(R"({"builder": {"name": "b"}, "number": 9223372036854775808, "results": 0})"),
            "line 1: number: " + why);
  EXPECT_EQ(error_of(R"({"builder": {"name": "b"}, "number": 1e300, "results": 0})"),
            "line 1: number: " + why);
  EXPECT_EQ(
      error_of(R"({"builder": {"name": "b"}, "number": 1, "attempt": 9223372036854775808, "results": 0})"),
      "line 1: attempt: " + why);
  EXPECT_EQ(error_of(R"({"k": "buildsets/1/complete", "m": {"bsid": 9223372036854775808}})"),
            "line 1: m.bsid: " + why);
  EXPECT_EQ(error_of(R"({"k": "buildsets/1/complete", "m": {"bsid": "x"}})"),
            "line 1: m.bsid: must be a whole number, not a string");
  EXPECT_EQ(
      error_of(R"({"builder": {"name": "b"}, "number": 1, "results": 0, "started_at": 9223372036854775808})"),
      "line 1: started_at: is too large for seconds since the epoch");
}

TEST(Ingest, APrettyPrintedObjectIsOneEvent) {
  const auto posted =
      parse_it("{\n  \"builder\": {\"name\": \"b\"},\n  \"number\": 1,\n  \"results\": 0\n}\n");
  ASSERT_TRUE(posted);
  EXPECT_TRUE(posted->single);
}

TEST(Ingest, ErrorsNameTheLineAndThePath) {
  EXPECT_EQ(error_of(""), "the body is empty");
  EXPECT_EQ(error_of("[]"), "line 1: must be a JSON object, not a list: send one object, or one a line");
  EXPECT_EQ(error_of(R"({"number": 1, "results": 0})"), "line 1: builder.name: missing");
  EXPECT_EQ(error_of(R"({"builder": {"name": 3}, "number": 1})"),
            "line 1: builder.name: must be a string, not a number");
  EXPECT_EQ(error_of(R"({"builder": "x", "number": 1})"), "line 1: builder: must be an object, not a string");
  EXPECT_EQ(error_of(R"({"builder": {"name": "b"}})"), "line 1: number: missing");
  EXPECT_EQ(error_of(R"({"builder": {"name": "b"}, "number": 1.5})"),
            "line 1: number: must be a whole number, not a fraction");
  EXPECT_EQ(error_of(R"({"builder": {"name": "   "}, "number": 1})"), "line 1: builder.name: empty");
  const std::string longest(20'000, 'x');
  EXPECT_EQ(error_of(R"({"builder": {"name": ")" + longest + R"("}, "number": 1, "results": 9})"),
            "line 1: results: must be a number from 0 (success) to 6 (cancelled), or null");
  EXPECT_EQ(error_of(R"({"builder": {"name": ")" + longest + R"(x"}, "number": 1})"),
            "line 1: builder.name: has 20001 bytes, and 20000 are the most that a name may have");
  EXPECT_EQ(error_of(R"({"builder": {"name": "b"}, "number": 1, "results": 0, "properties": {"branch": [")" +
                     longest + R"(x", "s"]}})"),
            "line 1: branch: has 20001 bytes, and 20000 are the most that a name may have");
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

std::string build_with(std::size_t values) {
  std::string text = R"({"builder": {"name": "linux"}, "number": 7, "results": 2, "numbers": [1)";
  // The object, builder, its name, number, results, the list and its first number make 7.
  for (std::size_t count = 7; count < values; ++count)
    text += ",1";
  return text + "]}";
}

TEST(Ingest, ValuesOfAnEventAreLimited) {
  EXPECT_TRUE(parse(build_with(max_values), "push", {}, 0));
  const auto more = parse(build_with(max_values + 1), "push", {}, 0);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().what, "line 1: has more than 250000 JSON values");
  const auto second = parse(build_with(10) + "\n" + build_with(max_values + 1), "push", {}, 0);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what, "line 2: has more than 250000 JSON values");
}

TEST(Ingest, ValuesOfARequestAreLimited) {
  std::string body;
  for (std::size_t values = 0; values < max_batch_values; values += max_values)
    body += build_with(max_values) + "\n";
  EXPECT_TRUE(parse(body, "push", {}, 0));
  const auto more = parse(body + build_with(10), "push", {}, 0);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().what, "the body has more than 4000000 JSON values: send it in parts");
}

TEST(Ingest, LevelsAreLimited) {
  const auto nested = [](std::size_t lists) {
    return R"({"builder": {"name": "linux"}, "number": 7, "results": 2, "x": )" + std::string(lists, '[') +
           std::string(lists, ']') + "}";
  };
  EXPECT_TRUE(parse(nested(max_levels - 1), "push", {}, 0));
  const auto deeper = parse(nested(max_levels), "push", {}, 0);
  ASSERT_FALSE(deeper);
  EXPECT_EQ(deeper.error().what, "line 1: has more than 32 levels of lists and objects");
}

TEST(Ingest, DeepNestingIsRefusedAndDoesNotCrash) {
  EXPECT_NE(error_of(R"({"a": )" + std::string(100'000, '[')).find("levels"), std::string::npos);
}

TEST(Ingest, RequestsHaveABuildsShapeWithoutANumber) {
  const auto posted = parse_it(
      R"({"k": "buildrequests/4/new", "m": {"builder": {"name": "b x"}, "buildrequest": {"submitted_at": 1700000000}}}
{"k": "buildrequests/4/complete", "m": {"builder": {"name": "b x"}, "results": 6, "complete_at": 1700000009, "url": "u"}}
{"k": "buildrequests/5/new", "m": {"buildrequestid": 5, "builderid": 2}})");
  ASSERT_TRUE(posted) << posted.error().what;
  ASSERT_EQ(posted->events.size(), 2U);
  const Event& waits = posted->events[0];
  EXPECT_EQ(kind_of(waits.key), EventKind::request_waiting);
  EXPECT_EQ(waits.body.at("url"), "http://carillon/b/b%20x");
  EXPECT_EQ(waits.body.at("complete"), false);
  EXPECT_FALSE(waits.body.contains("number"));
  const Event& ended = posted->events[1];
  EXPECT_EQ(kind_of(ended.key), EventKind::request_ended);
  EXPECT_EQ(ended.at, 1'700'000'009'000);
  EXPECT_EQ(ended.body.at("results"), 6);
  EXPECT_EQ(ended.body.at("url"), "u");
  EXPECT_EQ(posted->ignored, 1U) << "Buildbot's own message names no builder";
  EXPECT_NE(error_of(R"({"k": "buildrequests/4/complete", "m": {"builder": {"name": "b"}}})")
                .find("m.results: missing"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"k": "buildrequests/4/new", "m": {"builder": {"name": "b"}, "results": 0}})")
                .find("m.results: a request that waits has none"),
            std::string::npos);
}

std::string key_of(std::string_view body) {
  const auto posted = parse_it(body);
  return posted ? posted->events.at(0).key : posted.error().what;
}

TEST(Ingest, ABuildIsKnownByItsSourceBuilderNumberAndAttempt) {
  const char* different[] = {
      R"({"buildid": 20, "builder": {"name": "a"}, "number": 7, "results": 0})",
      R"({"buildid": 20, "builder": {"name": "b"}, "number": 7, "results": 0})",
      R"({"buildid": 20, "builder": {"name": "a"}, "number": 8, "results": 0})",
      R"({"buildid": 20, "builder": {"name": "a"}, "number": 7, "results": 0, "attempt": 2})",
      R"({"buildid": 20, "builder": {"name": "a"}, "number": 7, "results": 0, "url": "http://x/#/builders/1/builds/7"})",
      R"({"buildid": 20, "builder": {"name": "a"}, "number": 7, "results": 0, "url": "http://y/#/builders/1/builds/7"})",
      R"({"buildid": 20, "builder": {"name": "a"}, "number": 7, "results": 0, "url": "http://y/ci/#builders/1/builds/7"})",
      R"({"buildid": 21, "builder": {"name": "a"}, "number": 7, "results": 0})",
      R"({"buildid": 20, "builder": {"name": "a"}, "number": 7})",
      R"({"k": "builds/x-1/finished", "m": {"builder": {"name": "a"}, "number": 7, "results": 0}})",
      R"({"k": "builds/x-2/finished", "m": {"builder": {"name": "a"}, "number": 7, "results": 0}})",
      R"({"k": "builds/x-2/finished", "m": {"builder": {"name": "a"}, "number": 7, "results": 0, "url": "http://x/1"}})"};
  std::set<std::string> keys;
  for (const char* body : different)
    keys.insert(key_of(body));
  EXPECT_EQ(keys.size(), std::size(different));
  for (const std::string& key : keys)
    EXPECT_TRUE(is_build(kind_of(key))) << key;
}

TEST(Ingest, OneBuildHasOneKeyHoweverItIsPosted) {
  const std::string key = "builds/20:a/7@bb.example.org/ci/finished";
  EXPECT_EQ(key_of(R"({"buildid": 20, "builder": {"name": "a"}, "number": 7, "results": 0, "attempt": 1,
                       "url": "https://me:secret@bb.example.org/ci/#/builders/1/builds/7"})"),
            key);
  EXPECT_EQ(key_of(R"({"k": "builds/20/finished", "m": {"builder": {"name": "a"}, "number": 7, "results": 2,
                       "url": "https://me:other@bb.example.org/ci/?x=1#/builders/9/builds/7"}})"),
            key);
  EXPECT_EQ(
      key_of(R"({"builder": {"name": "a"}, "number": 7, "results": 0, "url": "https://ci/job/a/7/"})"),
      key_of(
          R"({"builder": {"name": "a"}, "number": 7, "results": 0, "url": "https://ci/job/a/7/console"})"));
  EXPECT_EQ(key_of(R"({"builder": {"name": "a"}, "number": 7, "results": 0, "attempt": "2"})"),
            "line 1: attempt: must be a whole number, not a string");
}

TEST(Ingest, RequestsOfSeveralMastersAreTold) {
  EXPECT_EQ(
      key_of(
          R"({"k": "buildrequests/4/new", "m": {"builder": {"name": "a"}, "url": "http://x/#buildrequests/4"}})"),
      "buildrequests/4:a@x/new");
}

TEST(Ingest, ALoneSurrogateCostsOneCharacterAndNotTheBatch) {
  const auto posted = parse_it(R"({"builder": {"name": "a"}, "number": 1, "results": 0}
{"builder": {"name": "b"}, "number": 2, "results": 0, "state_string": "\ud83d \ud83d\ude00 x\uDE00\ud83d\u0041 \\ud83d"}
{"builder": {"name": "c"}, "number": 3, "results": 0})");
  ASSERT_TRUE(posted) << posted.error().what;
  ASSERT_EQ(posted->events.size(), 3U);
  EXPECT_EQ(posted->events[1].body.at("state_string"),
            "\xef\xbf\xbd \xf0\x9f\x98\x80 x\xef\xbf\xbd\xef\xbf\xbd"
            "A \\ud83d");
  EXPECT_EQ(posted->warnings,
            std::vector<std::string>{"line 2: half a pair of surrogates in a text became U+FFFD"});
  const auto alone = parse_it(R"({"builder": {"name": "a\udc00"}, "number": 1, "results": 0})");
  ASSERT_TRUE(alone) << alone.error().what;
  EXPECT_EQ(alone->events.at(0).body.at("builder").at("name"), "a\xef\xbf\xbd");
  EXPECT_EQ(alone->warnings.size(), 1U);
  EXPECT_NE(error_of(R"({"a": "\ud83d", "b": })").find("not JSON"), std::string::npos);
  EXPECT_NE(error_of(R"({"a": "\ud83)").find("not JSON"), std::string::npos);
}

TEST(Ingest, LinesAreCountedFromTheBeginOfTheBody) {
  const std::string good = R"({"builder": {"name": "a"}, "number": 1, "results": 0})";
  const auto lines_of = [](const std::string& body) {
    const auto posted = parse_it(body);
    return posted ? posted->lines : std::vector<std::size_t>{};
  };
  EXPECT_EQ(lines_of("\n\n" + good + " \r\n\n" + good + "\n"), (std::vector<std::size_t>{3, 5}));
  EXPECT_EQ(lines_of("\n" + good), std::vector<std::size_t>{2});
  EXPECT_EQ(error_of("\n" + good + "\n\n{}").substr(0, 7), "line 4:");
  EXPECT_EQ(error_of("\n{}").substr(0, 7), "line 2:");
  EXPECT_EQ(error_of(good + " " + good), "line 1: not JSON: something follows the object at byte 55");
  EXPECT_EQ(error_of(good + " " + good + "\n" + good),
            "line 1: not JSON: something follows the object at byte 55");
}

TEST(Ingest, AnObjectOnSeveralLinesStandsAlone) {
  const std::string pretty = "{\"builder\": {\"name\": \"a\"},\n\"number\": 1,\n\"results\": 0}";
  const auto posted = parse_it(pretty);
  ASSERT_TRUE(posted) << posted.error().what;
  EXPECT_TRUE(posted->single);
  EXPECT_EQ(error_of(pretty + "\n" + pretty).substr(0, 18), "line 1: not JSON: ");
}

TEST(Ingest, WhatIsMisplacedIsTold) {
  const auto posted =
      parse_it(R"({"builder": {"name": "a"}, "number": 1, "results": 0, "sourcestamps": []})");
  ASSERT_TRUE(posted) << posted.error().what;
  EXPECT_EQ(posted->events.size(), 1U);
  EXPECT_EQ(posted->warnings, std::vector<std::string>{"line 1: sourcestamps: belongs into buildset"});
}

TEST(Ingest, WhatNothingReportsIsIgnoredAndTold) {
  const auto posted = parse_it(R"({"k": "builds/finished", "m": {}})");
  ASSERT_TRUE(posted) << posted.error().what;
  EXPECT_TRUE(posted->events.empty());
  EXPECT_EQ(posted->ignored, 1U);
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += R"({"k": "foo/7/bar", "m": {}})"
            "\n";
  const auto batch = parse_it(many);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->ignored, 100U);
  ASSERT_EQ(batch->warnings.size(), 21U);
  EXPECT_EQ(batch->warnings.back(), "and more of the kind");
}

TEST(Ingest, ANumberIsNotNegative) {
  EXPECT_EQ(error_of(R"({"builder": {"name": "a"}, "number": -1, "results": 0})"),
            "line 1: number: must not be negative");
}

TEST(Ingest, TimesThatCannotBe) {
  const auto at = [](std::string_view time) {
    const auto posted = parse_it(R"({"builder": {"name": "a"}, "number": 7, "results": 0, "complete_at": )" +
                                 std::string(time) + "}");
    return posted ? posted->events.at(0).at : -1;
  };
  EXPECT_EQ(at("1700000060"), now + 60'000) << "clocks differ by minutes";
  EXPECT_EQ(at("4102444800"), now) << "2099";
  EXPECT_EQ(at("9223372036854775807"), now);
  EXPECT_EQ(at("-9223372036854775808"), 0);
  EXPECT_EQ(at("1e14"), now);
  const auto posted = parse_it(
      R"({"builder": {"name": "a"}, "number": 7, "results": 0, "buildset": {"submitted_at": 4102444800},
          "started_at": -9223372036854775808,
          "complete_at": 9223372036854775807})");
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->events.at(0).body.at("started_at"), 0);
  EXPECT_EQ(posted->events.at(0).body.at("buildset").at("submitted_at"), now / 1000);
  EXPECT_EQ(posted->events.at(0).body.at("complete_at"), now / 1000);
}

}  // namespace
}  // namespace carillon::source::push
