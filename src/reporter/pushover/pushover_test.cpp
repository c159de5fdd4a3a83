#include "reporter/pushover/pushover.hpp"

#include <gmock/gmock.h>

#include "base/encoding.hpp"
#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter::pushover {
namespace {

using settings::Value;
using test::fake_object;
using test::Keywords;
using test::order_of;
using test::sample_build;
using test::text;
using test::value_of;
using testing::HasSubstr;
using testing::Not;

Value number(std::int64_t value) {
  return Value{value};
}

Value dict(std::vector<std::pair<std::string, Value>> entries) {
  settings::Dict made;
  for (auto& [key, value] : entries) {
    made.keys.push_back(text(key));
    made.values.push_back(std::move(value));
  }
  return Value{std::move(made)};
}

Value formatter(const std::string& body, const std::string& type) {
  return value_of(fake_object(json::value{{"body", body}, {"type", type}}));
}

std::string said(const json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

class PushoverTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords = {}) {
    keywords.emplace_back("user_key", text("us3rkey"));
    keywords.emplace_back("api_token", text("ap1token"));
    return make(bind(schema(), std::move(keywords)), environment());
  }
  std::string refused(Keywords keywords) {
    return error_of([&] { make_it(std::move(keywords)); });
  }
  json::object message(Keywords keywords, const Details& details) {
    return json::parse(compose(*make_it(std::move(keywords)), details).at(0).payload).as_object();
  }
  json::object message(Keywords keywords = {}) {
    return message(std::move(keywords), order_of(sample_build(2)));
  }
  Result<Receipt> answered(int status, std::string answer,
                           std::vector<std::pair<std::string, std::string>> headers = {}) {
    auto reporter = make_it();
    http_.answer(status, std::move(answer), std::move(headers));
    return send(*reporter, compose(*reporter, order_of(sample_build(2))).at(0));
  }
};

TEST_F(PushoverTest, TheMessageHasTitleTextAndLink) {
  const json::object made = message();
  EXPECT_EQ(made.at("title"), "Buildbot failure in Title on linux");
  EXPECT_THAT(std::string(made.at("message").as_string()), HasSubstr("linux"));
  EXPECT_EQ(made.at("url"), "http://ci.example.org/#builders/2/builds/3");
  EXPECT_EQ(made.at("url_title"), "build #3 of linux");
  EXPECT_EQ(made.size(), 4U) << "no priority, no html: " << json::serialize(made);
}

TEST_F(PushoverTest, SecretsAreInTheBodyOfTheRequestOnly) {
  auto reporter = make_it();
  const Delivery delivery = compose(*reporter, order_of(sample_build(2))).at(0);
  http_.answer(200, R"({"status": 1, "request": "647d2300-702c-4b38-8b2f-d56326ae460b"})");
  const auto receipt = send(*reporter, delivery);
  ASSERT_TRUE(receipt);
  const http::Request& request = http_.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://api.pushover.net/1/messages.json");
  EXPECT_EQ(request.secret_query, "");
  json::object expected = json::parse(delivery.payload).as_object();
  expected["token"] = "ap1token";
  expected["user"] = "us3rkey";
  EXPECT_EQ(json::parse(request.body), expected);
  for (const std::string& shown : {delivery.key, delivery.lane, delivery.target, delivery.summary,
                                   delivery.note, delivery.payload, receipt->answer, reporter->account()}) {
    EXPECT_THAT(shown, Not(HasSubstr("us3rkey")));
    EXPECT_THAT(shown, Not(HasSubstr("ap1token")));
  }
  EXPECT_EQ(reporter->concurrency(), 2U);
  EXPECT_EQ(delivery.key, "pushover:ci/builds/7/finished");
}

TEST_F(PushoverTest, PrioritiesFollowTheMode) {
  const auto priority_of = [&](int results) {
    const json::object made =
        message({{"mode", text("all")},
                 {"priorities", dict({{"passing", number(-2)},
                                      {"warnings", number(-1)},
                                      {"failing", number(1)},
                                      {"exception", number(0)},
                                      {"cancelled", number(2)}})},
                 {"otherParams",
                  dict({{"retry", number(30)}, {"expire", text("10800")}, {"callback", text("http://x/")}})}},
                order_of(sample_build(results)));
    const auto* priority = made.if_contains("priority");
    EXPECT_EQ(made.contains("retry"), priority != nullptr && *priority == 2);
    EXPECT_EQ(made.contains("callback"), made.contains("retry"));
    return priority != nullptr ? priority->as_int64() : 99;
  };
  const std::vector<std::int64_t> expected = {-2, -1, 1, 99, 0, 99, 2};
  for (int results = 0; results < 7; ++results)
    EXPECT_EQ(priority_of(results), expected[results]) << results;
}

TEST_F(PushoverTest, AMissingWorkerIsTold) {
  Details details;
  details.kind = EventKind::worker_missing;
  details.event_id = "ci/workers/1/missing@5";
  details.source = "ci";
  details.worker =
      json::parse(R"({"workerid": 1, "name": "bell-1", "last_connection": "an hour ago"})").as_object();
  const json::object made = message({{"priorities", dict({{"worker_missing", number(1)}})}}, details);
  EXPECT_EQ(made.at("title"), "Buildbot worker bell-1 missing");
  EXPECT_EQ(made.at("priority"), 1);
  EXPECT_FALSE(made.contains("url"));
}

TEST_F(PushoverTest, LongTextsAreCutByCharacters) {
  std::string bells;
  for (int i = 0; i < 2000; ++i)
    bells += "\U0001F514";
  json::object build = sample_build(2);
  build.at("builder").as_object()["name"] = bells;
  build["url"] = "http://ci.example.org/" + std::string(512, 'x');
  const json::object made = message(
      {{"messageFormatter", formatter(bells, "plain")}, {"subject", text("%(builder)s")}}, order_of(build));
  EXPECT_EQ(said(made, "message"), bells.substr(0, std::size_t{1023} * 4) + "\u2026");
  EXPECT_EQ(said(made, "title"), bells.substr(0, std::size_t{249} * 4) + "\u2026");
  EXPECT_FALSE(made.contains("url")) << "a URL that is cut leads nowhere";
  build["url"] = "http://ci.example.org/";
  const std::string title(message({}, order_of(build)).at("url_title").as_string());
  EXPECT_EQ(ellipsize(title, 100), title);
  EXPECT_TRUE(title.ends_with("\u2026"));
}

TEST_F(PushoverTest, HtmlIsMarkedAndNeverCut) {
  const json::object rich = message({{"messageFormatter", formatter("<b>x</b> &lt;", "html")}});
  EXPECT_EQ(rich.at("html"), 1);
  EXPECT_EQ(rich.at("message"), "<b>x</b> &lt;");
  const json::object cut =
      message({{"messageFormatter", formatter("<b>" + std::string(1020, 'x') + "</b>", "html")}});
  EXPECT_FALSE(cut.contains("html"));
  EXPECT_EQ(said(cut, "message"), std::string(1020, 'x'));
  const json::object off = message(
      {{"messageFormatter", formatter("<b>x</b>", "html")}, {"otherParams", dict({{"html", number(0)}})}});
  EXPECT_FALSE(off.contains("html"));
  EXPECT_EQ(off.at("message"), "x");
  EXPECT_FALSE(message({{"messageFormatter", formatter("<b>", "plain")}}).contains("html"));
}

TEST_F(PushoverTest, AnEmptyTextIsReplacedByTheTitle) {
  EXPECT_EQ(message({{"messageFormatter", formatter(" \n", "plain")}}).at("message"),
            "Buildbot failure in Title on linux");
  const json::object bare = message({{"messageFormatter", formatter("", "html")}, {"subject", text(" ")}});
  EXPECT_EQ(bare.at("message"), "build #3 of linux: failure");
  EXPECT_FALSE(bare.contains("title"));
  EXPECT_FALSE(bare.contains("html"));
}

TEST_F(PushoverTest, OtherParamsGoAlong) {
  const json::object made = message({{"otherParams", dict({{"sound", text("bike")},
                                                           {"device", text("phone")},
                                                           {"timestamp", text("1700000000")},
                                                           {"url", text("http://x/")},
                                                           {"url_title", text("X")}})}});
  EXPECT_EQ(made.at("sound"), "bike");
  EXPECT_EQ(made.at("device"), "phone");
  EXPECT_EQ(made.at("timestamp"), 1700000000);
  EXPECT_EQ(made.at("url"), "http://x/");
  EXPECT_EQ(made.at("url_title"), "X");
}

TEST_F(PushoverTest, TheLinkGoesToABuildThatFailed) {
  Details set = order_of(sample_build(0));
  set.kind = EventKind::buildset_complete;
  set.event_id = "ci/buildsets/9/complete";
  set.buildset = json::object{{"bsid", 9}, {"results", 2}};
  int number = 4;
  for (const int results : {1, 4, 2, 2}) {
    json::object build = sample_build(results);
    build["number"] = number;
    build["url"] = "http://ci.example.org/#builders/2/builds/" + std::to_string(number++);
    build["builder"].as_object()["name"] = "bell " + std::to_string(results);
    set.builds.push_back(std::move(build));
  }
  const json::object made = message({{"buildSetSummary", Value{true}}}, set);
  EXPECT_EQ(made.at("url"), "http://ci.example.org/#builders/2/builds/6") << "the first of the failed ones";
  EXPECT_EQ(made.at("url_title"), "build #6 of bell 2");
  Details good = order_of(sample_build(0));
  good.kind = EventKind::buildset_complete;
  EXPECT_EQ(message({}, good).at("url"), "http://ci.example.org/#builders/2/builds/3");
}

TEST_F(PushoverTest, AnEmptyLineIsBetweenOurOwnTexts) {
  Details set = order_of(sample_build(0));
  set.kind = EventKind::buildset_complete;
  set.builds.push_back(sample_build(2));
  EXPECT_THAT(said(message({}, set), "message"), HasSubstr("\n\nBUILD FAILED: failed 'make'\n"));
  const json::object own = message({{"messageFormatter", formatter("line\n", "plain")}}, set);
  EXPECT_EQ(own.at("message"), "line\nline\n") << "templates of the user's say themselves what is between";
}

TEST_F(PushoverTest, ParametersOfToday) {
  const json::object made =
      message({{"otherParams", dict({{"ttl", number(3600)}, {"monospace", number(1)}})}});
  EXPECT_EQ(made.at("ttl"), 3600);
  EXPECT_EQ(made.at("monospace"), 1);
  const json::object plain = message({{"messageFormatter", formatter("<b>x</b>", "html")},
                                      {"otherParams", dict({{"monospace", Value{true}}})}});
  EXPECT_EQ(plain.at("message"), "x") << "Pushover takes one of html and monospace";
  EXPECT_FALSE(plain.contains("html"));
  EXPECT_FALSE(message({{"otherParams", dict({{"monospace", text("0")}})}}).contains("monospace"));
  EXPECT_THAT(refused({{"otherParams", dict({{"monospace", number(1)}, {"html", number(1)}})}}),
              HasSubstr("give 'html' or 'monospace', not both"));
  EXPECT_THAT(refused({{"otherParams", dict({{"ttl", number(0)}})}}), HasSubstr("'ttl' must be at least 1"));
}

TEST_F(PushoverTest, BadArgumentsAreRefused) {
  EXPECT_THAT(refused({{"otherParams", dict({{"sond", text("x")}})}}), HasSubstr("did you mean 'sound'?"));
  EXPECT_THAT(refused({{"otherParams", dict({{"priority", number(1)}})}}),
              HasSubstr("PushoverNotifier(otherParams"));
  EXPECT_THAT(refused({{"otherParams", dict({{"retry", number(29)}})}}), HasSubstr("at least 30"));
  EXPECT_THAT(refused({{"otherParams", dict({{"expire", number(10801)}})}}), HasSubstr("at most 10800"));
  EXPECT_THAT(refused({{"otherParams", dict({{"html", text("yes")}})}}), HasSubstr("0 or 1"));
  EXPECT_THAT(refused({{"otherParams", dict({{"timestamp", text("now")}})}}), HasSubstr("whole number"));
  EXPECT_THAT(refused({{"otherParams", dict({{"url", text(std::string(513, 'x'))}})}}), HasSubstr("512"));
  EXPECT_THAT(refused({{"priorities", dict({{"failing", number(3)}})}}), HasSubstr("-2 to 2"));
  const Value emergency = dict({{"failing", number(2)}});
  EXPECT_THAT(refused({{"priorities", emergency}}), HasSubstr("priority 2 needs"));
  EXPECT_THAT(refused({{"priorities", emergency}, {"otherParams", dict({{"retry", number(30)}})}}),
              HasSubstr("priority 2 needs"));
  EXPECT_EQ(refused({{"priorities", emergency},
                     {"otherParams", dict({{"retry", number(30)}, {"expire", number(10800)}})}}),
            "no error");
  EXPECT_THAT(refused({{"base_url", text("api.pushover.net")}}), HasSubstr("base_url"));
}

TEST_F(PushoverTest, OnlyStatusOneIsDelivered) {
  EXPECT_TRUE(answered(200, R"({"status": 1, "request": "x"})"));
  for (const char* other : {R"({"status": 0, "errors": ["no"]})", "ok", "{}", "[1]"}) {
    const auto refused = answered(200, other);
    ASSERT_FALSE(refused) << other;
    EXPECT_EQ(refused.error().kind, Failure::Kind::rejected) << other;
  }
  const auto invalid =
      answered(400, R"({"user": "invalid", "errors": ["user identifier is invalid"], "status": 0})");
  EXPECT_EQ(invalid.error().kind, Failure::Kind::rejected);
  EXPECT_THAT(invalid.error().what, HasSubstr("user identifier is invalid"));
}

TEST_F(PushoverTest, TheQuotaAndErrorsOfTheServerAreWaitedFor) {
  const std::int64_t now = clock_.now() / 1000;
  const auto quota = answered(429, R"({"status": 0, "errors": ["application is over its quota"]})",
                              {{"x-limit-app-reset", std::to_string(now + 86400)}});
  EXPECT_EQ(quota.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(quota.error().retry_after, std::chrono::hours(24));
  EXPECT_EQ(answered(429, "").error().kind, Failure::Kind::throttled);
  const auto broken = answered(500, "oops");
  EXPECT_EQ(broken.error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(broken.error().retry_after, std::chrono::seconds(5));
  http_.answers.emplace_back(unreachable("no route"));
  auto reporter = make_it();
  const auto silent = send(*reporter, compose(*reporter, order_of(sample_build(2))).at(0));
  EXPECT_EQ(silent.error().retry_after, std::chrono::seconds(5));
  const auto last =
      answered(200, R"({"status": 1})",
               {{"x-limit-app-remaining", "0"}, {"x-limit-app-reset", std::to_string(now + 60)}});
  ASSERT_TRUE(last);
  EXPECT_EQ(last->pause, std::chrono::seconds(60));
}

}  // namespace
}  // namespace carillon::reporter::pushover
