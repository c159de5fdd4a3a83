#include "reporter/slack/slack.hpp"

#include <gmock/gmock.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter::slack {
namespace {

using settings::Value;
using test::Keywords;
using test::order_of;
using test::sample_build;
using test::text;
using testing::HasSubstr;
using testing::Not;

constexpr const char* url = "https://hooks.slack.com/services/T0/B0/s3cret";

class SlackTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords = {}, const std::string& server = url) {
    keywords.emplace_back("serverUrl", text(server));
    return make(bind(schema(), std::move(keywords)), environment());
  }
  static Value formatter(json::value answer) { return test::value_of(test::fake_object(std::move(answer))); }
  std::string text_for(const std::string& body, const std::string& type = "plain") {
    auto reporter = make_it({{"messageFormatter", formatter(json::value{{"body", body}, {"type", type}})}});
    const Delivery delivery = compose(*reporter, order_of(sample_build(2))).at(0);
    return std::string(json::parse(delivery.payload).at("text").as_string());
  }
  Result<Receipt> answered(int status, std::string answer,
                           std::vector<std::pair<std::string, std::string>> headers = {}) {
    auto reporter = make_it();
    http_.answer(status, std::move(answer), std::move(headers));
    return send(*reporter, compose(*reporter, order_of(sample_build(2))).at(0));
  }
};

TEST_F(SlackTest, SendsTheMessageAndHidesTheUrl) {
  auto reporter = make_it({{"channel", text("#builds")}, {"verify", Value{false}}});
  const Delivery delivery = compose(*reporter, order_of(sample_build(2))).at(0);
  http_.answer(200, "ok", {{"content-type", "text/html"}});  // as Slack does
  const auto receipt = send(*reporter, delivery);
  ASSERT_TRUE(receipt);
  const http::Request& request = http_.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, url);
  EXPECT_FALSE(request.verify);
  EXPECT_EQ(request.body, delivery.payload);
  const json::value body = json::parse(delivery.payload);
  EXPECT_EQ(body.at("channel"), "#builds");
  EXPECT_THAT(std::string(body.at("text").as_string()), HasSubstr("linux"));
  EXPECT_EQ(delivery.target, "slack https://hooks.slack.com #builds");
  EXPECT_EQ(delivery.key, "slack:ci/builds/7/finished");
  http_.answers.emplace_back(unreachable(std::string("POST ") + url + ": no route to host"));
  const auto failed = send(*reporter, delivery);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "POST https://hooks.slack.com/***: no route to host");
  for (const std::string& shown :
       {delivery.key, delivery.lane, delivery.target, delivery.summary, delivery.note, delivery.payload,
        receipt->answer, failed.error().what, reporter->account()}) {
    EXPECT_THAT(shown, Not(HasSubstr("s3cret")));
    EXPECT_THAT(shown, Not(HasSubstr("T0")));
  }
}

TEST_F(SlackTest, TheChannelIsLeftOutWhenThereIsNone) {
  const Delivery delivery = compose(*make_it({{"channel", text(" ")}}), order_of(sample_build(2))).at(0);
  EXPECT_FALSE(json::parse(delivery.payload).as_object().contains("channel"));
  EXPECT_EQ(delivery.target, "slack https://hooks.slack.com");
}

TEST_F(SlackTest, SpecialCharactersAreEscaped) {
  EXPECT_EQ(text_for("<!channel> a & b \U0001F514 *x*\r\n"), "&lt;!channel&gt; a &amp; b \U0001F514 *x*");
  EXPECT_EQ(text_for("<b>x</b> &amp;&lt;y", "html"), "x &amp;&lt;y");
  EXPECT_EQ(text_for(" \n"), "build #3 of linux: failure");
}

TEST_F(SlackTest, AFormattersSubjectIsTheFirstLine) {
  auto reporter = make_it(
      {{"messageFormatter", formatter(json::value{{"body", "x"}, {"type", "plain"}, {"subject", "A <b>"}})}});
  const Delivery delivery = compose(*reporter, order_of(sample_build(2))).at(0);
  EXPECT_EQ(json::parse(delivery.payload).at("text"), "A &lt;b&gt;\nx");
}

TEST_F(SlackTest, LongTextsAreCutBetweenCharactersAndEntities) {
  const std::string limit(40000, 'x');
  EXPECT_EQ(text_for(limit), limit);
  EXPECT_EQ(text_for(limit + "x"), limit.substr(1) + "\u2026");
  // The entity would end one character after the limit.
  EXPECT_EQ(text_for(std::string(39996, 'x') + "&"), std::string(39996, 'x') + "\u2026");
  EXPECT_EQ(text_for(std::string(39995, 'x') + "&"), std::string(39995, 'x') + "&amp;");
  EXPECT_EQ(text_for(std::string(39995, 'x') + "&y"), std::string(39995, 'x') + "\u2026");
  std::string bells;
  for (int i = 0; i < 40001; ++i)
    bells += "\U0001F514";
  EXPECT_EQ(text_for(bells), bells.substr(0, std::size_t{39999} * 4) + "\u2026");
}

TEST_F(SlackTest, AnswersAreJudged) {
  EXPECT_TRUE(answered(200, "ok"));
  EXPECT_TRUE(answered(200, "ok\n"));
  const std::vector<std::pair<int, const char*>> refusals = {
      {200, "invalid_payload"},   {400, "invalid_payload"}, {403, "action_prohibited"},
      {404, "channel_not_found"}, {404, "no_service"},      {410, "channel_is_archived"}};
  for (const auto& [status, word] : refusals) {
    const auto refused = answered(status, word);
    ASSERT_FALSE(refused) << word;
    EXPECT_EQ(refused.error().kind, Failure::Kind::rejected) << word;
    EXPECT_THAT(refused.error().what, HasSubstr(word));
  }
  EXPECT_EQ(answered(500, "rollup_error").error().kind, Failure::Kind::unreachable);
  const auto slow = answered(429, "rate_limited", {{"retry-after", "30"}});
  EXPECT_EQ(slow.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(slow.error().retry_after, std::chrono::seconds(30));
}

TEST_F(SlackTest, ArgumentsBeginWithTheNamesOfTheIssue) {
  const auto arguments = schema().arguments;
  EXPECT_EQ(arguments.at(0).name, "serverUrl");
  EXPECT_EQ(arguments.at(1).name, "channel");
  EXPECT_EQ(arguments.at(2).name, "messageFormatter");
  EXPECT_EQ(arguments.at(3).name, "mode");
  const std::string error = error_of([&] { make_it({}, "hooks.slack.com/services/T0/B0/s3cret"); });
  EXPECT_THAT(error, HasSubstr("SlackStatusPush(serverUrl=...)"));
  EXPECT_THAT(error, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace carillon::reporter::slack
