#include "reporter/zulip/zulip.hpp"

#include <gmock/gmock.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter::zulip {
namespace {

using settings::Value;
using test::Keywords;
using test::order_of;
using test::sample_build;
using test::text;
using testing::HasSubstr;
using testing::Not;

class ZulipTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(const std::string& endpoint = "https://chat.example.org",
                                    Keywords keywords = {}) {
    keywords.emplace_back("endpoint", text(endpoint));
    keywords.emplace_back("token", text("k&y=secret"));
    return make(bind(schema(), std::move(keywords)), environment());
  }
  std::string url_for(const std::string& endpoint, Keywords keywords = {}) {
    auto reporter = make_it(endpoint, std::move(keywords));
    http_.answer(200, R"({"result": "success", "msg": ""})");
    EXPECT_TRUE(send(*reporter, compose(*reporter, order_of(sample_build(0))).at(0)));
    return http_.requests.back().url;
  }
  json::object body(const Details& details) {
    return json::parse(compose(*make_it(), details).at(0).payload).as_object();
  }
  Result<Receipt> answered(int status, std::string answer) {
    auto reporter = make_it();
    http_.answer(status, std::move(answer));
    return send(*reporter, compose(*reporter, order_of(sample_build(0))).at(0));
  }
};

TEST_F(ZulipTest, TheBodyIsTheIntegrations) {
  EXPECT_EQ(body(order_of(sample_build(-1))),
            json::parse(R"({"event": "new", "buildid": 7, "buildername": "linux",
                "url": "http://ci.example.org/#builders/2/builds/3", "project": "example/project",
                "timestamp": 1700000010})"));
  for (int results = 0; results < 7; ++results) {
    const json::object made = body(order_of(sample_build(results)));
    EXPECT_EQ(made.at("event"), "finished");
    EXPECT_EQ(made.at("results"), results);
    EXPECT_EQ(made.at("timestamp"), 1700000100);
    EXPECT_EQ(made.size(), 7U);
  }
}

TEST_F(ZulipTest, WithoutProjectOrTimeItIsStillWhole) {
  json::object build = sample_build(0);
  build.at("buildset").as_object()["sourcestamps"] = json::array();
  build["complete_at"] = nullptr;
  build.at("builder").as_object()["name"] = "\xff<b>";
  const json::object made = body(order_of(build));
  EXPECT_EQ(made.at("project"), "");
  EXPECT_EQ(made.at("buildername"), "\ufffd<b>");
  EXPECT_EQ(made.at("timestamp"), 1700000200);
}

TEST_F(ZulipTest, EndpointsOfEveryForm) {
  const std::string path = "/api/v1/external/buildbot";
  EXPECT_EQ(url_for("https://chat.example.org/"), "https://chat.example.org" + path);
  EXPECT_EQ(url_for("http://chat.example.org:8080/zulip"), "http://chat.example.org:8080/zulip" + path);
  EXPECT_EQ(url_for("chat.example.org"), "https://chat.example.org" + path);
  EXPECT_EQ(url_for("chat.example.org//"), "https://chat.example.org" + path);
  EXPECT_EQ(url_for("your-organization@zulipchat.com"), "https://your-organization.zulipchat.com" + path);
  for (const char* bad :
       {"me@example.org", "@zulipchat.com", "", "/", "ftp://host", "https://", "a b", "h?x=1"}) {
    EXPECT_THAT(error_of([&] { make_it(bad); }), HasSubstr("ZulipStatusPush(endpoint=...)")) << bad;
  }
}

TEST_F(ZulipTest, TheStreamIsEscapedAndTheKeyHidden) {
  EXPECT_THAT(url_for("chat.example.org", {{"stream", text("builds & co\r\n")}}),
              testing::EndsWith("/buildbot?stream=builds%20%26%20co%0D%0A"));
  EXPECT_EQ(http_.requests.back().secret_query, "api_key=k%26y%3Dsecret");
  auto reporter = make_it("chat.example.org", {{"stream", text("builds & co\r\n")}});
  const Delivery delivery = compose(*reporter, order_of(sample_build(0))).at(0);
  EXPECT_EQ(delivery.target, "https://chat.example.org stream builds & co");
  http_.answer(401, R"({"result": "error", "msg": "Invalid API key", "code": "INVALID_API_KEY"})");
  const auto failed = send(*reporter, delivery);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Failure::Kind::rejected);
  for (const std::string& shown : {delivery.key, delivery.lane, delivery.target, delivery.summary,
                                   delivery.payload, failed.error().what, reporter->account()}) {
    EXPECT_THAT(shown, Not(HasSubstr("k&y=secret")));
    EXPECT_THAT(shown, Not(HasSubstr("k%26y")));
  }
}

TEST_F(ZulipTest, OnlySuccessIsDelivered) {
  EXPECT_TRUE(answered(200, R"({"result": "success", "msg": "", "ignored_parameters_unsupported": ["x"]})"));
  for (const char* other : {R"({"result": "error", "msg": "no such stream"})", "[]", ""}) {
    const auto refused = answered(200, other);
    ASSERT_FALSE(refused) << other;
    EXPECT_EQ(refused.error().kind, Failure::Kind::rejected) << other;
  }
  EXPECT_THAT(answered(200, R"({"result": "error", "msg": "no such stream"})").error().what,
              HasSubstr("no such stream"));
  EXPECT_EQ(answered(200, "<html>login</html>").error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(answered(502, "bad gateway").error().kind, Failure::Kind::unreachable);
}

TEST_F(ZulipTest, ThePauseIsInTheBody) {
  const auto slow = answered(429, R"({"result": "error", "msg": "API usage exceeded rate limit",
      "retry-after": 28.7, "code": "RATE_LIMIT_HIT"})");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(slow.error().retry_after, std::chrono::seconds(29));
  EXPECT_EQ(answered(429, R"({"retry-after": 1e300})").error().retry_after, std::chrono::hours(24));
  EXPECT_EQ(answered(429, R"({"retry-after": -5})").error().retry_after, std::chrono::seconds(0));
  EXPECT_EQ(answered(429, "slow down").error().kind, Failure::Kind::throttled);
}

TEST_F(ZulipTest, KeysAndLanesAreStable) {
  auto reporter = make_it();
  const Delivery started = compose(*reporter, order_of(sample_build(-1))).at(0);
  const Delivery finished = compose(*reporter, order_of(sample_build(0))).at(0);
  EXPECT_EQ(started.key, "zulip:ci/builds/7/new");
  EXPECT_EQ(finished.key, "zulip:ci/builds/7/finished");
  EXPECT_EQ(started.lane, finished.lane) << "the end does not overtake the start";
  EXPECT_EQ(finished.key, compose(*reporter, order_of(sample_build(0))).at(0).key);
}

}  // namespace
}  // namespace carillon::reporter::zulip
