#include "reporter/http_push/http_push.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/piecewise.hpp"
#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "settings/error.hpp"
#include "spool/spool.hpp"

namespace carillon::reporter::http_push {
namespace {

using settings::Value;
using testing::HasSubstr;
using testing::Not;
using Keywords = std::vector<std::pair<std::string, Value>>;

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
  Order order() {
    Order made;
    made.event_id = "ci/builds/7/finished";
    made.master = "ci";
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

TEST_F(HttpPushTest, LongLogsGoOutOfFilesPieceByPiece) {
  test::TempDir dir;
  spool::Spool spool(io_.get_executor(), dir.path() / "spool", 0);
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "o\"line\"\t" + std::to_string(i) + "\n";
  auto writer = spool.create("f");
  ASSERT_TRUE(test::run(io_, writer->write_at(0, text)));
  ASSERT_TRUE(test::run(io_, writer->finish(text.size())));
  settings::Call call;
  call.class_name = "HttpStatusPush";
  call.keywords = {{"serverUrl", Value{url_}}, {"wantSteps", Value{true}}, {"wantLogs", Value{true}}};
  Environment environment{io_.get_executor(), {"Title", "http://carillon/"}, clock_, log_, http_};
  environment.spool = &spool;
  const auto reporter = make(settings::Arguments::bind(schema(), call), environment);
  Order what = order();
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
  EXPECT_TRUE(function->seen.at(0).at("properties").as_object().contains("owner"));
  function->result = rejected("x.cfg:9: KeyError: 'x'");
  const Delivery delivery = compose(*make_it(keywords));
  EXPECT_THAT(delivery.note, HasSubstr("x.cfg:9: KeyError"));
  EXPECT_EQ(json::parse(delivery.payload).at("extra"), "kept");
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

TEST_F(HttpPushTest, BadArgumentsAreRefusedByName) {
  EXPECT_THAT(error_of({{"user", Value{std::string("a")}}, {"auth", Value{settings::List{}}}}),
              HasSubstr("x.cfg:3: HttpStatusPush(auth=...)"));
  EXPECT_THAT(error_of({{"auth", Value{settings::List{Value{std::string("a")}}}}}), HasSubstr("pair"));
  url_ = "ftp://host/";
  EXPECT_THAT(error_of({}), HasSubstr("HttpStatusPush(serverUrl=...)"));
}

}  // namespace
}  // namespace carillon::reporter::http_push
