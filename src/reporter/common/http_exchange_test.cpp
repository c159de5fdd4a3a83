#include "reporter/common/http_exchange.hpp"

#include <gmock/gmock.h>

#include "base/encoding.hpp"
#include "fakes/reporter_fixture.hpp"
#include "reporter/common/debug_log.hpp"
#include "reporter/common/renderable.hpp"

namespace carillon::reporter {
namespace {

using testing::HasSubstr;
using testing::Not;

class WireTest : public test::ReporterTest {};

TEST_F(WireTest, AnAnswerThatUsedUpTheLastCallPausesTheAccount) {
  Delivery delivery;
  http::Response response;
  response.status = 201;
  EXPECT_FALSE(conclude(environment(), Wire{}, delivery, response)->pause);
  response.headers = {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000090"}};
  EXPECT_EQ(conclude(environment(), Wire{}, delivery, response)->pause, std::chrono::seconds(90));
  response.headers[0].second = "1";
  EXPECT_FALSE(conclude(environment(), Wire{}, delivery, response)->pause);
  response.status = 403;
  response.headers = {{"retry-after", "7"}};
  const auto failed = conclude(environment(), Wire{}, delivery, response);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(failed.error().retry_after, std::chrono::seconds(7));
}

TEST_F(WireTest, APageInsteadOfJsonIsNoSuccess) {
  struct Case {
    int status;
    const char* type;
    std::string body;
    bool own;
  };
  const Case cases[] = {
      {201, "application/json; charset=utf-8", R"({"id": 1})", true},
      {201, "", " \n[]", true},
      {200, "text/plain", ")]}'\n{}", true},
      {200, "application/json", "\xEF\xBB\xBF{", true},
      {200, "", "", true},
      {204, "text/html", "", true},
      {200, "Text/HTML; charset=utf-8", "", false},
      {200, "Text/HTML; charset=utf-8", "{}", true},
      {200, "", "\n <!DOCTYPE html><title>Sign in</title>", false},
      {200, "application/json", "<html>", false},
      {200, "text/plain", "Sign in first", false},
  };
  Wire service;
  service.json = true;
  Delivery delivery;
  for (const auto& c : cases) {
    http::Response response;
    response.status = c.status;
    response.body = c.body;
    if (*c.type != '\0') response.headers = {{"content-type", c.type}};
    EXPECT_TRUE(conclude(environment(), Wire{}, delivery, response)) << "anything may be that of others";
    const auto outcome = conclude(environment(), service, delivery, response);
    ASSERT_EQ(outcome.has_value(), c.own) << c.type << c.body;
    if (outcome) continue;
    EXPECT_EQ(outcome.error().kind, Failure::Kind::unreachable);
    EXPECT_THAT(outcome.error().what, HasSubstr("not the service's own answer"));
    EXPECT_THAT(outcome.error().what, HasSubstr("HTTP 200")) << "and what it was";
  }
}

TEST_F(WireTest, VerifyReachesTheRequest) {
  Wire wire;
  wire.verify = false;
  wire.debug = true;
  http_.answer(200, "body");
  auto answered = test::run(io_, exchange(environment(), wire, json_post(wire, "https://h/", "{}")));
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->body, "body");
  EXPECT_FALSE(http_.requests.at(0).verify);
  EXPECT_EQ(http_.requests.at(0).headers.at(0),
            std::make_pair(std::string("Content-Type"), std::string("application/json")));
}

TEST_F(WireTest, DebugLogsContentsWithoutSecrets) {
  redactor_.add("s3cret of ours");
  const Log log(Log::Level::info, redactor_);
  Environment env{io_.get_executor(), {"Title", "http://carillon/"}, clock_, log, http_};
  Wire wire;
  wire.name = "bell";
  testing::internal::CaptureStderr();
  auto request = json_post(wire, "https://ann:pw@h/path?key=k", R"({"user": "s3cret of ours", "n": 1})");
  ASSERT_TRUE(test::run(io_, exchange(env, wire, request)));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "without debug=True";
  http_.answer(200, "{\"runners_token\": \"GR13\", \"nested\": [{\"Password\": 7}], \"ok\": true}");
  http_.answer(400, "no such\n<b>tower</b>");
  http_.answers.emplace_back(unreachable("no route to host"));
  wire.debug = true;
  testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i)
    test::run(io_, exchange(env, wire, request));
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_THAT(lines, HasSubstr(R"(bell: POST https://h/path: {"user":"***","n":1})"));
  EXPECT_THAT(
      lines,
      HasSubstr(
          R"(POST https://h/path answered: 200 {"runners_token":"***","nested":[{"Password":"***"}],"ok":true})"));
  EXPECT_THAT(lines, HasSubstr("POST https://h/path answered: 400 no such <b>tower</b>"));
  EXPECT_THAT(lines, HasSubstr("POST https://h/path answered: no route to host"));
  EXPECT_THAT(lines, Not(testing::AnyOf(HasSubstr("s3cret"), HasSubstr("GR13"), HasSubstr("ann"),
                                        HasSubstr("key=k"))));
}

TEST_F(WireTest, LongContentsAreCutInTheLog) {
  redactor_.add("s3cret of ours");
  const std::string shown =
      shown_content(log_, std::string(15'990, 'x') + "s3cret of ours" + std::string(90, 'y'));
  EXPECT_EQ(shown, std::string(15'990, 'x') + "***" + std::string(6, 'y') + "\u2026");
}

TEST_F(WireTest, BaseUrlsMayEndInASlash) {
  settings::Schema schema;
  schema.name = "X";
  schema.arguments = {{"base", {settings::Type::string}, true, settings::Value{}, ""}};
  EXPECT_EQ(base_url(bind(schema, {{"base", test::text("https://h/ctx//")}}), "base"), "https://h/ctx");
  EXPECT_THAT(error_of([&] { base_url(bind(schema, {{"base", test::text("h/ctx")}}), "base"); }),
              HasSubstr("X(base=...)"));
}

TEST_F(WireTest, AnAccountNameIsStableAndHidesTheToken) {
  const Secret secret("t0ken-of-the-account");
  const std::string name = account_name("github", "https://u:p@api.github.com", secret);
  EXPECT_EQ(name, account_name("github", "https://u:p@api.github.com", secret));
  EXPECT_NE(name, account_name("github", "https://u:p@api.github.com", Secret("another")));
  EXPECT_THAT(name, Not(testing::AnyOf(HasSubstr("t0ken"), HasSubstr("u:p"))));
}

TEST_F(WireTest, LongKeysKeepAReadablePrefix) {
  EXPECT_EQ(bounded_key("short", 40), "short");
  const std::string long_key = "a builder with a name that is far too long for this service";
  const std::string key = bounded_key(long_key, 40);
  EXPECT_EQ(key.size(), 40U);
  EXPECT_TRUE(key.starts_with("a builder with a name"));
  EXPECT_NE(key, bounded_key(long_key + "r", 40));
  std::string umlauts;
  for (int i = 0; i < 60; ++i)
    umlauts += "\u00fc";
  EXPECT_EQ(ellipsize(bounded_key(umlauts, 40), 40), bounded_key(umlauts, 40));
}

class WordingTest : public test::ReporterTest {
 protected:
  std::optional<std::string> worded(settings::Value value, std::optional<std::string> fallback = "default") {
    Wording wording{.argument = "endDescription", .value = std::move(value), .fallback = std::move(fallback)};
    const Details details = test::order_of(test::sample_build(0));
    return test::run(io_,
                     [](const Wording& w, const Details& o,
                        std::vector<std::string>& notes) -> asio::awaitable<std::optional<std::string>> {
                       co_return co_await render_text(w, o, notes);
                     }(wording, details, notes_));
  }
  std::vector<std::string> notes_;
};

TEST_F(WordingTest, PlainValuesNeedNoPython) {
  EXPECT_EQ(worded(test::text("hello")), "hello");
  EXPECT_EQ(worded(settings::Value{}), "default");
  EXPECT_EQ(worded(settings::Value{}, std::nullopt), std::nullopt);
  EXPECT_EQ(worded(settings::Value{std::int64_t{7}}), "7");
  EXPECT_TRUE(notes_.empty());
}

TEST_F(WordingTest, RenderablesGetTheBuildWithoutItsSteps) {
  auto object = test::fake_object(json::value("rendered"));
  EXPECT_EQ(worded(test::value_of(object)), "rendered");
  ASSERT_EQ(object->seen.size(), 1U);
  EXPECT_EQ(object->seen[0].method, "render");
  EXPECT_EQ(object->seen[0].source, "ci");
  EXPECT_EQ(object->seen[0].args.at(0).at("number"), 3);
  EXPECT_FALSE(object->seen[0].args.at(0).as_object().contains("steps"));
  EXPECT_EQ(worded(test::value_of(test::fake_object(json::value(nullptr)))), std::nullopt)
      << "None is an answer";
  EXPECT_TRUE(notes_.empty());
}

TEST_F(WordingTest, AFailureOrNonsenseIsNotedAndReplaced) {
  EXPECT_EQ(worded(test::value_of(test::fake_object(rejected("x.cfg:9: KeyError:\n'x'")))), "default");
  EXPECT_EQ(worded(test::value_of(test::fake_object(json::parse("[1, 2]")))), "default");
  ASSERT_EQ(notes_.size(), 2U);
  EXPECT_EQ(notes_[0], "endDescription failed: x.cfg:9: KeyError: 'x'");
  EXPECT_EQ(notes_[1], "endDescription did not yield a text but [1,2]");
  EXPECT_EQ(joined_notes(notes_), notes_[0] + "; " + notes_[1]);
}

}  // namespace
}  // namespace carillon::reporter
