#include "reporter/http_push/http_push.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/encoding.hpp"
#include "base/piecewise.hpp"
#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "reporter/http_push/signature.hpp"
#include "settings/error.hpp"
#include "spool/folder.hpp"

namespace carillon::reporter::http_push {
namespace {

using settings::Value;
using testing::HasSubstr;
using testing::Not;
using Keywords = std::vector<std::pair<std::string, Value>>;

const std::string signing_bytes("\x00\x01\xff key of 32 bytes, not all text", 34);

// requests.auth.HTTPDigestAuth('ann', 's3cret') and its like.
class FakeLogin final : public settings::Object {
 public:
  explicit FakeLogin(std::string title) : title_(std::move(title)) {}
  Task<json::value> call(std::string_view, json::array, std::string_view) override {
    co_return rejected("no");
  }
  json::value attribute(std::string_view name) const override {
    return name == "username"   ? json::value("ann")
           : name == "password" ? json::value("s3cret")
                                : json::value();
  }
  bool overrides(std::string_view) const override { return false; }
  std::string where() const override { return "x.cfg:9"; }
  std::string describe() const override { return title_; }

 private:
  std::string title_;
};

// A format_fn.
class FakeFunction final : public settings::Object {
 public:
  Result<json::value> result = json::value(nullptr);
  json::array seen;

  Task<json::value> call(std::string_view, json::array args, std::string_view) override {
    seen = std::move(args);
    co_return result;
  }
  json::value attribute(std::string_view) const override { return nullptr; }
  bool overrides(std::string_view) const override { return false; }
  std::string where() const override { return "x.cfg:9"; }
};

class HttpPushTest : public testing::Test {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords) {
    settings::Call call;
    call.class_name = "HttpStatusPush";
    call.where = "x.cfg:3";
    call.keywords = std::move(keywords);
    call.keywords.emplace_back("serverUrl", Value{url_});
    return make(settings::Arguments::bind(schema(), call),
                Environment{io_.get_executor(), {"Title", "http://carillon/"}, clock_, log_, http_});
  }
  std::string error_of(Keywords keywords) {
    try {
      make_it(std::move(keywords));
    } catch (const settings::ConfigError& error) {
      return error.what();
    }
    return "no error";
  }
  Details order() {
    Details made;
    made.event_id = "ci/builds/7/finished";
    made.source = "ci";
    made.builds.push_back(json::parse(R"({"buildid": 7, "number": 3, "results": 2, "complete": true,
        "builder": {"name": "linux"}, "properties": {"owner": ["ann", "x"]}, "steps": [{"name": "make"}],
        "changes": [], "prev_build": null, "extra": "kept"})")
                              .as_object());
    return made;
  }
  Delivery compose(Reporter& reporter) { return test::run(io_, reporter.compose(order())).value().at(0); }
  json::object body(Keywords keywords) {
    return json::parse(compose(*make_it(std::move(keywords))).payload).as_object();
  }

  std::string url_ = "http://user:pw@host/path?key=t0psecret";
  asio::io_context io_;
  test::FakeClock clock_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  test::FakeHttpClient http_;
};

TEST_F(HttpPushTest, TheBodyIsTheBuildWithWhatWasAskedFor) {
  const json::object plain = body({});
  EXPECT_EQ(plain.at("extra"), "kept");
  EXPECT_EQ(plain.at("properties"), json::object());
  for (const char* member : {"steps", "changes", "prev_build"})
    EXPECT_FALSE(plain.contains(member)) << member;
  const json::object full =
      body({{"wantProperties", Value{true}}, {"wantSteps", Value{true}}, {"wantPreviousBuild", Value{true}}});
  EXPECT_TRUE(full.at("properties").as_object().contains("owner"));
  EXPECT_EQ(full.at("steps").as_array().size(), 1U);
  EXPECT_TRUE(full.at("prev_build").is_null());
}

// A build that was posted brings along what nobody asked for.
TEST_F(HttpPushTest, LogsAndPropertiesGoOutWhenAskedForOnly) {
  auto function = std::make_shared<FakeFunction>();
  function->result = json::parse("{}");
  Details what = order();
  json::object build = what.builds.front();
  build["steps"] = json::parse(R"([{"name": "make", "number": 0,
      "logs": [{"name": "stdio", "content": {"content": "othe key is 4711\n"}}]}, {"name": "test"}])");
  what.builds = {};
  what.builds.push_back(build);
  const json::value bare = json::parse(R"([{"name": "make", "number": 0}, {"name": "test"}])");
  const auto sent = [&](Keywords keywords) {
    return json::parse(test::run(io_, make_it(std::move(keywords))->compose(what)).value().at(0).payload);
  };
  const auto seen = [&](Keywords keywords) {
    keywords.emplace_back("format_fn", Value{settings::ObjectPtr(function)});
    sent(std::move(keywords));
    return function->seen.at(0);
  };
  const Keywords steps = {{"wantSteps", Value{true}}};
  const Keywords logs = {{"wantSteps", Value{true}}, {"wantLogs", Value{true}}};
  EXPECT_EQ(sent(steps).at("steps"), bare);
  EXPECT_EQ(seen(steps).at("steps"), bare);
  EXPECT_EQ(sent(logs).at("steps"), build["steps"]);
  EXPECT_EQ(seen(logs).at("steps"), build["steps"]);
  EXPECT_FALSE(sent({{"wantLogs", Value{true}}}).as_object().contains("steps")) << "logs need steps";
  EXPECT_EQ(seen(steps).at("properties"), json::object());
  EXPECT_TRUE(seen({{"wantProperties", Value{true}}}).at("properties").as_object().contains("owner"));
  what.builds = {};
  what.builds.share(std::make_shared<const json::object>(build), std::make_shared<const ObjectText>(build));
  EXPECT_EQ(sent(steps).at("steps"), bare) << "also where its text is known";
  EXPECT_EQ(sent(logs).at("steps"), build["steps"]);
}

TEST_F(HttpPushTest, NeedsFollowTheArguments) {
  EXPECT_FALSE(make_it({})->needs().steps);
  EXPECT_FALSE(make_it({{"wantLogs", Value{true}}})->needs().sent.choice.any()) << "logs come with steps";
  const Keywords with_logs = {{"wantLogs", Value{true}}, {"wantSteps", Value{true}}};
  const Needs sent = make_it(with_logs)->needs();
  EXPECT_TRUE(sent.sent.choice.all);
  EXPECT_EQ(sent.sent.max_size, 1U << 20U);
  EXPECT_FALSE(sent.sent.plain) << "as the data API gives them";
  EXPECT_FALSE(sent.logs);
  Keywords formatted = with_logs;
  formatted.emplace_back("format_fn", Value{settings::ObjectPtr(std::make_shared<FakeFunction>())});
  EXPECT_TRUE(make_it(formatted)->needs().logs) << "Python gets them from memory";
  EXPECT_FALSE(make_it(formatted)->needs().sent.choice.any());
  EXPECT_TRUE(make_it({{"wantPreviousBuild", Value{true}}})->needs().previous_build);
}

std::string header_of(const http::Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "none";
}

// What the header must be, computed by other code than the reporter's: OpenSSL's one-shot HMAC.
std::string expected_signature(const http::Request& request, std::string_view body) {
  const std::string text = header_of(request, "webhook-id") + "." + header_of(request, "webhook-timestamp") +
                           "." + std::string(body);
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), signing_bytes.data(), static_cast<int>(signing_bytes.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return "v1," + base64_encode(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

TEST_F(HttpPushTest, SignsEachAttemptAnew) {
  auto reporter = make_it({{"sign", Value{Secret("whsec_" + base64_encode(signing_bytes))}}});
  const Delivery delivery = compose(*reporter);
  ASSERT_TRUE(test::run(io_, reporter->send(delivery)));
  clock_.advance(60'000);
  ASSERT_TRUE(test::run(io_, reporter->send(delivery)));
  ASSERT_EQ(http_.requests.size(), 2U);
  for (const http::Request& request : http_.requests) {
    EXPECT_EQ(header_of(request, "webhook-id"), "http:ci/builds/7/finished");
    EXPECT_EQ(header_of(request, "webhook-signature"), expected_signature(request, delivery.payload));
    EXPECT_EQ(header_of(request, "Idempotency-Key"), "none");
  }
  EXPECT_EQ(header_of(http_.requests[0], "webhook-timestamp"), "1700000000");
  EXPECT_EQ(header_of(http_.requests[1], "webhook-timestamp"), "1700000060");
}

TEST_F(HttpPushTest, WithoutAKeyThereIsOneToTellRepeatsBy) {
  auto reporter = make_it({});
  ASSERT_TRUE(test::run(io_, reporter->send(compose(*reporter))));
  ASSERT_EQ(http_.requests.size(), 1U);
  EXPECT_EQ(header_of(http_.requests[0], "Idempotency-Key"), "\"http:ci/builds/7/finished\"");
  EXPECT_EQ(header_of(http_.requests[0], "webhook-id"), "none");
}

TEST_F(HttpPushTest, FurtherHeadersGoAlong) {
  const auto headers = [](const char* name, Value value) {
    settings::Dict dict;
    dict.keys.push_back(Value{std::string(name)});
    dict.values.push_back(std::move(value));
    return Keywords{{"headers", Value{std::move(dict)}}};
  };
  auto reporter = make_it(headers("Authorization", Value{Secret("Bearer b3ll")}));
  const Delivery delivery = compose(*reporter);
  EXPECT_THAT(delivery.payload, Not(HasSubstr("b3ll")));
  ASSERT_TRUE(test::run(io_, reporter->send(delivery)));
  EXPECT_EQ(header_of(http_.requests.back(), "Authorization"), "Bearer b3ll");
  EXPECT_EQ(header_of(http_.requests.back(), "Content-Type"), "application/json");
  reporter = make_it(headers("content-type", Value{std::string("application/vnd.bell+json")}));
  ASSERT_TRUE(test::run(io_, reporter->send(compose(*reporter))));
  EXPECT_EQ(header_of(http_.requests.back(), "content-type"), "application/vnd.bell+json");
  EXPECT_EQ(header_of(http_.requests.back(), "Content-Type"), "none");
  EXPECT_EQ(error_of(headers("X-Bell", Value{std::string("ding")})), "no error");
  EXPECT_THAT(error_of(headers("X-Bell", Value{std::string("a\r\nb")})),
              HasSubstr("HttpStatusPush(headers=...)"));
  EXPECT_THAT(error_of(headers("X Bell", Value{std::string("a")})), HasSubstr("cannot be a header"));
  EXPECT_THAT(error_of(headers("X-Bell", Value{std::int64_t{1}})), HasSubstr("strings or secrets"));
}

TEST_F(HttpPushTest, OnlyAKeyIsAKey) {
  const std::string whole = base64_encode(signing_bytes);
  for (const std::string& key : {whole, "whsec_" + whole, "whsec_" + base64_encode(std::string(24, 'k')),
                                 base64_encode(std::string(64, 'k'))})
    EXPECT_EQ(error_of({{"sign", Value{Secret(key)}}}), "no error") << key;
  for (const std::string& bad :
       {std::string("hush-hush"), "whsec_" + base64_encode(std::string(23, 'k')),
        base64_encode(std::string(65, 'k')), std::string("whsec_"), "whpk_" + whole}) {
    const std::string error = error_of({{"sign", Value{Secret(bad)}}});
    EXPECT_THAT(error, HasSubstr("x.cfg:3: HttpStatusPush(sign=...)"));
    EXPECT_THAT(error, HasSubstr("openssl rand"));
    EXPECT_THAT(error, Not(HasSubstr("hush-hush")));
  }
}

TEST(MessageId, FitsIntoAHeaderAndIsOneForEachKey) {
  EXPECT_EQ(message_id("http:ci/builds/7/finished@1-a_b"), "http:ci/builds/7/finished@1-a_b");
  EXPECT_EQ(message_id("http:ci.x/a\r\n\"b\" %2E\xc3\xb6"), "http:ci%2Ex/a%0D%0A%22b%22%20%252E%C3%B6");
  const std::string one = message_id(std::string(5000, '.') + "1");
  EXPECT_EQ(one.size(), 200U);
  EXPECT_NE(one, message_id(std::string(5000, '.') + "2"));
  EXPECT_EQ(one, message_id(std::string(5000, '.') + "1"));
}

TEST_F(HttpPushTest, LongLogsGoOutOfFilesPieceByPiece) {
  test::TempDir dir;
  spool::Folder spool(io_.get_executor(), dir.path() / "spool", 0);
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "o\"line\"\t" + std::to_string(i) + "\n";
  auto writer = spool.create("f");
  ASSERT_TRUE(test::run(io_, writer->write_at(0, text)));
  ASSERT_TRUE(test::run(io_, writer->finish(text.size())));
  settings::Call call;
  call.class_name = "HttpStatusPush";
  call.keywords = {{"serverUrl", Value{url_}},
                   {"wantSteps", Value{true}},
                   {"wantLogs", Value{true}},
                   {"sign", Value{Secret("whsec_" + base64_encode(signing_bytes))}}};
  Environment environment{io_.get_executor(), {"Title", "http://carillon/"}, clock_, log_, http_};
  environment.spool = &spool;
  const auto reporter = make(settings::Arguments::bind(schema(), call), environment);
  Details what = order();
  json::object build = what.builds.front();
  build["steps"] = json::parse(R"([{"name": "make", "logs": [{"name": "stdio", "logid": 5, "type": "s"},
      {"name": "short", "logid": 6, "content": {"content": "oall well\n"}}]}, 3])");
  what.builds = {};
  what.builds.push_back(build);
  what.logs[5] = LogFile{"f", text.size(), json_escaped_size(text), nullptr};
  const Delivery delivery = test::run(io_, reporter->compose(what)).value().at(0);
  ASSERT_EQ(delivery.files.size(), 1U);
  EXPECT_EQ(delivery.files[0].label, "make.stdio");
  EXPECT_LT(delivery.payload.size(), 2000U);
  for (int attempt = 0; attempt < 2; ++attempt) {
    ASSERT_TRUE(test::run(io_, reporter->send(delivery)));
    http::Body& body = *http_.requests.back().large_body;
    ASSERT_TRUE(test::run(io_, body.begin()));
    std::string sent;
    for (std::string_view piece = "x"; !piece.empty();) {
      piece = test::run(io_, body.read()).value();
      sent += piece;
    }
    EXPECT_EQ(sent.size(), body.size());
    EXPECT_EQ(header_of(http_.requests.back(), "webhook-signature"),
              expected_signature(http_.requests.back(), sent));
    build["steps"].as_array()[0].as_object()["logs"].as_array()[0].as_object()["content"] =
        json::object({{"content", text}, {"firstline", 0}, {"logid", 5}});
    EXPECT_EQ(json::parse(sent).at("steps"), build["steps"]);
  }
  EXPECT_GT(http_.requests.back().timeout, std::chrono::seconds(30));
}

TEST_F(HttpPushTest, KeysAndLanesAreStable) {
  auto reporter = make_it({});
  EXPECT_EQ(compose(*reporter).key, "http:ci/builds/7/finished");
  EXPECT_EQ(compose(*reporter).key, compose(*reporter).key);
  EXPECT_EQ(compose(*reporter).lane, "ci/linux/3");
}

TEST_F(HttpPushTest, FormatFnMakesTheBody) {
  auto function = std::make_shared<FakeFunction>();
  function->result = json::parse(R"({"text": "custom"})");
  const Keywords keywords = {{"format_fn", Value{settings::ObjectPtr(function)}}};
  EXPECT_EQ(body(keywords), json::parse(R"({"text": "custom"})").as_object());
  EXPECT_EQ(function->seen.at(0).at("extra"), "kept");
  function->result = rejected("x.cfg:9: KeyError: 'x'");
  const Delivery delivery = compose(*make_it(keywords));
  EXPECT_THAT(delivery.note, HasSubstr("x.cfg:9: KeyError"));
  EXPECT_EQ(json::parse(delivery.payload).at("extra"), "kept");
}

TEST_F(HttpPushTest, NoneOfFormatFnPostsNothing) {
  auto function = std::make_shared<FakeFunction>();
  const Delivery delivery = compose(*make_it({{"format_fn", Value{settings::ObjectPtr(function)}}}));
  EXPECT_TRUE(delivery.skip);
  EXPECT_THAT(delivery.note, HasSubstr("format_fn returned None"));
  EXPECT_EQ(delivery.payload, "");
}

TEST_F(HttpPushTest, AReportsBodyIsPosted) {
  auto reporter = make_it({});
  Details what = order();
  what.report = json::parse(R"({"body": {"text": "of a generator"}, "type": "json"})").as_object();
  const auto deliveries = test::run(io_, reporter->compose(what));
  ASSERT_TRUE(deliveries);
  ASSERT_EQ(deliveries->size(), 1U);
  EXPECT_EQ(deliveries->front().payload, R"({"text":"of a generator"})");
}

TEST_F(HttpPushTest, APlainOrderCallsNoFormatFn) {
  auto function = std::make_shared<FakeFunction>();
  function->result = json::parse(R"({"text": "custom"})");
  auto reporter = make_it({{"format_fn", Value{settings::ObjectPtr(function)}}});
  Details plain = order();
  plain.plain = true;
  const auto deliveries = test::run(io_, reporter->compose(plain));
  ASSERT_TRUE(deliveries);
  ASSERT_EQ(deliveries->size(), 1U);
  EXPECT_EQ(json::parse(deliveries->front().payload).at("extra"), "kept");
  EXPECT_TRUE(function->seen.empty());
}

TEST_F(HttpPushTest, SendsOnceWithLoginAndShowsNoSecret) {
  auto reporter =
      make_it({{"auth", Value{settings::List{Value{std::string("ann")}, Value{Secret("s3cret")}}}},
               {"verify", Value{false}}});
  const Delivery delivery = compose(*reporter);
  const auto receipt = test::run(io_, reporter->send(delivery));
  ASSERT_TRUE(receipt);
  ASSERT_EQ(http_.requests.size(), 1U);
  const http::Request& request = http_.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, url_);
  EXPECT_EQ(request.auth->user, "ann");
  EXPECT_EQ(request.auth->password.reveal(), "s3cret");
  EXPECT_FALSE(request.verify);
  EXPECT_EQ(request.body, delivery.payload);
  EXPECT_EQ(delivery.target, "http://host/path");
  for (const std::string& shown :
       {delivery.target, delivery.summary, delivery.payload, delivery.note, receipt->answer}) {
    EXPECT_THAT(shown, Not(HasSubstr("s3cret")));
    EXPECT_THAT(shown, Not(HasSubstr("t0psecret")));
    EXPECT_THAT(shown, Not(HasSubstr("pw")));
  }
}

TEST_F(HttpPushTest, AnswersAreJudgedByTheSharedTable) {
  auto reporter = make_it({});
  const Delivery delivery = compose(*reporter);
  const auto kind_after = [&](int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
    http_.answer(status, "why", std::move(headers));
    const auto outcome = test::run(io_, reporter->send(delivery));
    return outcome ? "delivered" : name(outcome.error().kind);
  };
  EXPECT_STREQ(kind_after(204), "delivered");
  EXPECT_STREQ(kind_after(404), "rejected");
  EXPECT_STREQ(kind_after(500), "unreachable");
  EXPECT_STREQ(kind_after(429, {{"retry-after", "7"}}), "throttled");
}

TEST_F(HttpPushTest, TheLoginMayBeAnObjectOfRequests) {
  const auto with = [](std::string title) {
    return Keywords{{"auth", Value{settings::ObjectPtr(std::make_shared<FakeLogin>(std::move(title)))}}};
  };
  const auto sent = [&](std::string title) {
    auto reporter = make_it(with(std::move(title)));
    http_.requests.clear();
    EXPECT_TRUE(test::run(io_, reporter->send(compose(*reporter))));
    EXPECT_EQ(http_.requests.at(0).auth->user, "ann");
    EXPECT_EQ(http_.requests.at(0).auth->password.reveal(), "s3cret");
    return http_.requests.at(0).auth->scheme;
  };
  EXPECT_EQ(sent("an HTTPBasicAuth"), http::Auth::Scheme::basic);
  EXPECT_EQ(sent("an HTTPDigestAuth"), http::Auth::Scheme::digest);
  EXPECT_THAT(error_of(with("an OAuth1")),
              testing::AllOf(HasSubstr("x.cfg:3: HttpStatusPush(auth=...)"), HasSubstr("not an OAuth1")));
}

TEST_F(HttpPushTest, DebugLogsRequestsAndAnswersWithoutSecrets) {
  redactor_.add("t0psecret-key");
  auto function = std::make_shared<FakeFunction>();
  function->result = json::parse(R"({"text": "rung by t0psecret-key", "api_token": "of somebody else"})");
  Log log(Log::Level::info, redactor_);
  Environment environment{io_.get_executor(), {"Title", "http://carillon/"}, clock_, log, http_};
  settings::Call call;
  call.class_name = "HttpStatusPush";
  call.keywords = {{"serverUrl", Value{url_}},
                   {"debug", Value{true}},
                   {"format_fn", Value{settings::ObjectPtr(function)}}};
  const auto reporter = make(settings::Arguments::bind(schema(), call), environment);
  const Delivery delivery = compose(*reporter);
  http_.answer(202, R"({"got": "t0psecret-key", "id": 17})");
  testing::internal::CaptureStderr();
  ASSERT_TRUE(test::run(io_, reporter->send(delivery)));
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_THAT(lines, HasSubstr(R"(POST http://host/path: {"text":"rung by ***","api_token":"***"})"));
  EXPECT_THAT(lines, HasSubstr(R"(POST http://host/path answered: 202 {"got":"***","id":17})"));
  EXPECT_THAT(lines,
              Not(testing::AnyOf(HasSubstr("t0psecret"), HasSubstr("somebody else"), HasSubstr("pw"))));
}

TEST_F(HttpPushTest, BadArgumentsAreRefusedByName) {
  EXPECT_THAT(error_of({{"user", Value{std::string("a")}}, {"auth", Value{settings::List{}}}}),
              HasSubstr("x.cfg:3: HttpStatusPush(auth=...)"));
  EXPECT_THAT(error_of({{"auth", Value{settings::List{Value{std::string("a")}}}}}), HasSubstr("pair"));
  url_ = "ftp://host/";
  EXPECT_THAT(error_of({}), HasSubstr("HttpStatusPush(serverUrl=...)"));
}

}  // namespace
}  // namespace carillon::reporter::http_push
