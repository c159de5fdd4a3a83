#include "reporter/pushjet/pushjet.hpp"

#include <gmock/gmock.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter::pushjet {
namespace {

using settings::Value;
using test::Keywords;
using test::order_of;
using test::sample_build;
using test::text;
using testing::HasSubstr;
using testing::Not;

constexpr const char* secret = "abcdefghijklmnopqrstuvwxyz012345";

std::string said(const json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

class PushjetTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords = {}) {
    keywords.emplace_back("secret", text(secret));
    return make(bind(schema(), std::move(keywords)), environment());
  }
  json::object fields(Keywords keywords, const Details& details = order_of(sample_build(2))) {
    return json::parse(compose(*make_it(std::move(keywords)), details).at(0).payload).as_object();
  }
  static Value levels(const char* mode, std::int64_t level) {
    settings::Dict dict;
    dict.keys.push_back(text(mode));
    dict.values.push_back(Value{level});
    return Value{dict};
  }
  static Value formatter(const std::string& body, const std::string& type) {
    return test::value_of(test::fake_object(json::value{{"body", body}, {"type", type}}));
  }
  Result<Receipt> answered(int status, std::string answer) {
    auto reporter = make_it();
    http_.answer(status, std::move(answer), {{"content-type", "text/html; charset=utf-8"}});
    return send(*reporter, compose(*reporter, order_of(sample_build(2))).at(0));
  }
};

TEST_F(PushjetTest, TheFormHasTextTitleAndLink) {
  const json::object made = fields({{"messageFormatter", formatter("it broke", "plain")}});
  EXPECT_EQ(made, json::parse(R"({"message": "it broke", "title": "Buildbot failure in Title on linux",
                                  "link": "http://ci.example.org/#builders/2/builds/3"})"));
}

TEST_F(PushjetTest, LevelZeroIsSentAsOne) {
  for (std::int64_t level = 0; level <= 5; ++level) {
    EXPECT_EQ(said(fields({{"levels", levels("failing", level)}}), "level"),
              std::to_string(std::max<std::int64_t>(level, 1)));
  }
  EXPECT_FALSE(fields({{"levels", levels("passing", 5)}}).contains("level"));
  EXPECT_THAT(error_of([&] { make_it({{"levels", levels("failing", 6)}}); }), HasSubstr("0 to 5"));
  EXPECT_THAT(error_of([&] { make_it({{"levels", levels("failed", 1)}}); }), HasSubstr("is not a mode"));
}

TEST_F(PushjetTest, TextsArePlainAndTheTitleIsCut) {
  EXPECT_EQ(fields({{"messageFormatter", formatter("<b>x</b> &lt;y&gt;", "html")}}).at("message"), "x <y>");
  EXPECT_EQ(fields({{"messageFormatter", formatter("\n", "plain")}}).at("message"),
            "Buildbot failure in Title on linux");
  json::object build = sample_build(2);
  build.at("builder").as_object()["name"] = std::string(300, 'x') + "\r\nBcc: y";
  const json::object cut = fields({{"subject", text("%(builder)s")}}, order_of(build));
  EXPECT_EQ(said(cut, "title"), std::string(254, 'x') + "\u2026");
}

TEST_F(PushjetTest, AVeryLongTextIsCut) {
  EXPECT_EQ(said(fields({{"messageFormatter", formatter(std::string(20000, 'x'), "plain")}}), "message"),
            std::string(20000, 'x'));
  EXPECT_EQ(said(fields({{"messageFormatter", formatter(std::string(20001, 'x'), "plain")}}), "message"),
            std::string(19999, 'x') + "\u2026");
}

TEST_F(PushjetTest, SendsAFormWithTheSecretInIt) {
  auto reporter = make_it({{"base_url", text("https://push.example.org/")},
                           {"messageFormatter", formatter("a&b \u00e9", "plain")}});
  const Delivery delivery = compose(*reporter, order_of(sample_build(2))).at(0);
  http_.answer(200, R"({"status": "ok"})");
  const auto receipt = send(*reporter, delivery);
  ASSERT_TRUE(receipt);
  const http::Request& request = http_.requests.at(0);
  EXPECT_EQ(request.url, "https://push.example.org/message");
  EXPECT_EQ(request.secret_query, "");
  EXPECT_THAT(request.headers,
              testing::Contains(testing::Pair("Content-Type", "application/x-www-form-urlencoded")));
  EXPECT_EQ(request.body, std::string("secret=") + secret +
                              "&message=a%26b%20%C3%A9&title=Buildbot%20failure%20in%20Title%20on%20linux"
                              "&link=http%3A%2F%2Fci.example.org%2F%23builders%2F2%2Fbuilds%2F3");
  for (const std::string& shown : {delivery.key, delivery.lane, delivery.target, delivery.summary,
                                   delivery.note, delivery.payload, receipt->answer, reporter->account()}) {
    EXPECT_THAT(shown, Not(HasSubstr(secret)));
  }
  EXPECT_EQ(delivery.key, "pushjet:ci/builds/7/finished");
  EXPECT_EQ(delivery.target, "pushjet https://push.example.org");
}

TEST_F(PushjetTest, AnswersAreReadWhateverTheirType) {
  EXPECT_TRUE(answered(200, R"({"status": "ok"})"));
  for (const char* other : {R"({"error": {"id": 2, "message": "Invalid secret"}})", "[]"})
    EXPECT_EQ(answered(200, other).error().kind, Failure::Kind::rejected) << other;
  EXPECT_EQ(answered(200, "<html>").error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(answered(200, R"({"error": {"id": 2, "message": "Invalid secret"}})").error().what,
              HasSubstr("Invalid secret"));
  EXPECT_EQ(answered(400, R"({"error": {"id": 1, "message": "x"}})").error().kind, Failure::Kind::rejected);
  EXPECT_EQ(answered(404, R"({"error": {"id": 2, "message": "x"}})").error().kind, Failure::Kind::rejected);
  EXPECT_EQ(answered(429, R"({"error": {"id": 7, "message": "x"}})").error().kind, Failure::Kind::throttled);
  EXPECT_EQ(answered(503, "").error().kind, Failure::Kind::unreachable);
}

TEST_F(PushjetTest, BothModulesOfTheManualHaveIt) {
  EXPECT_THAT(schema().modules,
              testing::ElementsAre("buildbot.reporters.pushjet", "buildbot.reporters.pushover"));
}

}  // namespace
}  // namespace carillon::reporter::pushjet
