#include "reporter/gerrit/gerrit_verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter::gerrit_verify {
namespace {

using settings::Value;
using test::fake_object;
using test::Keywords;
using test::order_of;
using test::request_order;
using test::sample_build;
using test::text;
using test::value_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// requests.auth.HTTPDigestAuth(...)
class FakeAuth final : public settings::Object {
 public:
  FakeAuth(std::string title, json::object attributes)
      : title_(std::move(title)), attributes_(std::move(attributes)) {}
  Task<json::value> call(std::string_view, json::array, std::string_view) override {
    co_return rejected("no");
  }
  json::value attribute(std::string_view name) const override {
    const json::value* value = attributes_.if_contains(name);
    return value != nullptr ? *value : json::value();
  }
  bool overrides(std::string_view) const override { return false; }
  std::string where() const override { return "x.cfg:9"; }
  std::string describe() const override { return title_; }

 private:
  std::string title_;
  json::object attributes_;
};

Value auth_object(std::string title, std::string_view attributes) {
  return Value{
      settings::ObjectPtr(std::make_shared<FakeAuth>(std::move(title), json::parse(attributes).as_object()))};
}

class GerritVerifyTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords = {}) {
    const auto given = [&](std::string_view name) {
      return std::ranges::any_of(keywords, [&](const auto& keyword) { return keyword.first == name; });
    };
    if (!given("baseURL")) keywords.emplace_back("baseURL", text("http://gerrit.example.org/r/"));
    if (!given("auth")) {
      keywords.emplace_back("auth", Value{settings::List{text("ann"), Value{Secret("s3cret")}}});
    }
    return make(bind(schema(), std::move(keywords)), environment());
  }
  static Details about_change(Details details) {
    json::object& properties = details.builds.edit(0).at("properties").as_object();
    properties["event.change.number"] = json::array{42, "Change"};
    properties["event.patchSet.number"] = json::array{"3", "Change"};
    return details;
  }
  static json::object fields(const Delivery& delivery) {
    return json::parse(delivery.payload).at("verification").as_object();
  }
  json::object composed(const Details& details, Keywords keywords = {}) {
    return fields(compose(*make_it(std::move(keywords)), about_change(details)).at(0));
  }
};

TEST_F(GerritVerifyTest, ValuesFollowTheResults) {
  const std::vector<int> values = {1, 1, -1, 1, 0, 0, 0};
  for (int results = 0; results <= 6; ++results) {
    const json::object finished = composed(order_of(sample_build(results)));
    EXPECT_EQ(finished.at("value"), values.at(static_cast<std::size_t>(results))) << results;
    EXPECT_EQ(finished.at("comment"), "Build done.");
    EXPECT_EQ(finished.at("duration"), "1m 30s");
  }
  const json::object started = composed(order_of(sample_build(-1)));
  EXPECT_EQ(started.at("value"), 0);
  EXPECT_EQ(started.at("comment"), "Build started.");
  EXPECT_EQ(started.at("duration"), "pending");
  const json::object waiting = composed(request_order(), {{"pendingDescription", text("Waits.")}});
  EXPECT_EQ(waiting.at("value"), 0);
  EXPECT_EQ(waiting.at("comment"), "Waits.");
  for (const int results : {3, 6}) {
    const json::object ended = composed(request_order(results), {{"pendingDescription", text("Waits.")}});
    EXPECT_EQ(ended.at("value"), results == 3 ? 1 : 0);
    EXPECT_EQ(ended.at("comment"), "Build done.");
    EXPECT_FALSE(ended.contains("duration"));
  }
}

TEST_F(GerritVerifyTest, TheDefaultsAreBuildbots) {
  const json::object body = composed(order_of(sample_build(0)));
  EXPECT_EQ(body, json::parse(
                      R"({"value": 1, "comment": "Build done.", "duration": "1m 30s", "reporter": "buildbot",
      "url": "http://ci.example.org/#builders/2/builds/3", "abstain": false})"));
  EXPECT_EQ(schema().arguments.at(8).name, "verbose") << "the ninth by position";
}

TEST_F(GerritVerifyTest, RenderablesAreRendered) {
  const auto delivery = compose(*make_it({{"startDescription", value_of(fake_object("starts"))},
                                          {"verification_name", value_of(fake_object("job"))},
                                          {"abstain", value_of(fake_object(true))},
                                          {"category", value_of(fake_object("gate"))},
                                          {"reporter", text("me")}}),
                                about_change(order_of(sample_build(-1))))
                            .at(0);
  EXPECT_EQ(json::parse(delivery.payload).at("name"), "job");
  const json::object body = fields(delivery);
  EXPECT_EQ(body.at("comment"), "starts");
  EXPECT_EQ(body.at("abstain"), true);
  EXPECT_EQ(body.at("category"), "gate");
  EXPECT_EQ(body.at("reporter"), "me");
  EXPECT_EQ(delivery.note, "");
}

TEST_F(GerritVerifyTest, ARenderableThatFailsIsNotedAndReplaced) {
  const Value failing = value_of(fake_object(rejected("x.cfg:9: KeyError: 'x'")));
  const auto delivery = compose(*make_it({{"endDescription", failing},
                                          {"verification_name", failing},
                                          {"abstain", value_of(fake_object("maybe"))}}),
                                about_change(order_of(sample_build(0))))
                            .at(0);
  EXPECT_EQ(fields(delivery).at("comment"), "Build done.");
  EXPECT_EQ(fields(delivery).at("abstain"), false);
  EXPECT_EQ(json::parse(delivery.payload).at("name"), "linux");
  EXPECT_THAT(delivery.note, HasSubstr("endDescription failed: x.cfg:9"));
  EXPECT_THAT(delivery.note, HasSubstr("verification_name failed: x.cfg:9"));
  EXPECT_THAT(delivery.note, HasSubstr("abstain is neither"));
}

TEST_F(GerritVerifyTest, TextsKeepTheirLimits) {
  std::string tall = "<b>\r\n";
  for (int i = 0; i < 300; ++i)
    tall += "\xf0\x9f\x94\x94";
  json::object build = sample_build(0);
  build["url"] = "http://ci.example.org/" + std::string(300, 'x');
  const auto delivery = compose(*make_it({{"endDescription", text(tall)},
                                          {"verification_name", text(tall)},
                                          {"category", text(tall)}}),
                                about_change(order_of(build)))
                            .at(0);
  const std::string comment(fields(delivery).at("comment").as_string());
  EXPECT_TRUE(comment.starts_with("<b> \xf0\x9f\x94\x94"));
  EXPECT_EQ(comment.size(), 4U + 250 * 4 + 3) << "255 characters, the last one an ellipsis";
  EXPECT_EQ(fields(delivery).at("category").as_string(), comment);
  EXPECT_FALSE(fields(delivery).contains("url"));
  EXPECT_THAT(delivery.note, HasSubstr("URL of the build"));
  EXPECT_LT(json::parse(delivery.payload).at("name").as_string().size(), 255U * 4);
}

TEST_F(GerritVerifyTest, EveryChangeGetsItsDelivery) {
  Details details = order_of(sample_build(0));
  details.builds.edit(0).at("properties").as_object()["gerrit_changes"] = json::parse(
      R"([[{"change_id": "a/b~main~I1", "revision_id": "beef"}, {"change_id": 7, "revision_id": 1}, {}], "B"])");
  auto reporter = make_it();
  const auto deliveries = compose(*reporter, details);
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(deliveries[0].key, "gerrit-verify:ci/builds/7/finished#a/b~main~I1 beef");
  EXPECT_EQ(deliveries[1].status, "gerrit-verify http://gerrit.example.org/r 7 1 linux");
  EXPECT_EQ(deliveries[1].lane, deliveries[1].status);
  EXPECT_THAT(deliveries[0].note, HasSubstr("1 of gerrit_changes"));
  EXPECT_EQ(compose(*reporter, details)[0].key, deliveries[0].key);
  Details start = order_of(sample_build(-1));
  start.builds.edit(0)["properties"] = details.builds.front().at("properties");
  EXPECT_LT(compose(*reporter, start)[0].rank, deliveries[0].rank);
}

TEST_F(GerritVerifyTest, ABuildOfNoChangeIsSkippedWithTheReason) {
  const auto deliveries = compose(*make_it(), order_of(sample_build(0)));
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_TRUE(deliveries[0].skip);
  EXPECT_THAT(deliveries[0].note, HasSubstr("no change of Gerrit"));
}

TEST_F(GerritVerifyTest, PostsByNameThenByItsNumber) {
  auto reporter = make_it({{"verify", Value{false}}});
  const Delivery delivery = compose(*reporter, about_change(order_of(sample_build(0)))).at(0);
  http_.answer(200, ")]}'\n{}\n");
  http_.answer(204);
  http_.answer(200, R"()]}'
{"u-1": {"name": "linux", "value": 0, "granted": "2016-03-15 08:10:41.000000000"},
 "u-2": {"name": "other", "value": 0, "granted": "2026-03-15 08:10:41.000000000"},
 "u-3": {"name": "linux", "value": 0, "granted": "2016-04-15 08:10:41.000000000"}})");
  http_.answer(204);
  EXPECT_EQ(send(*reporter, delivery)->answer, "204");
  EXPECT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 4U);
  const std::string url = "http://gerrit.example.org/r/a/changes/42/revisions/3/verify-status~verifications";
  for (const http::Request& request : http_.requests) {
    EXPECT_EQ(request.url, url);
    EXPECT_EQ(request.auth->user, "ann");
    EXPECT_EQ(request.auth->password.reveal(), "s3cret");
    EXPECT_EQ(request.auth->scheme, http::Auth::Scheme::basic);
    EXPECT_FALSE(request.verify);
  }
  EXPECT_EQ(http_.requests[0].method, "GET");
  EXPECT_EQ(http_.requests[1].method, "POST");
  const json::value by_name = json::parse(http_.requests[1].body);
  EXPECT_EQ(by_name.at("verifications").at("linux"), fields(delivery));
  const json::value by_number = json::parse(http_.requests[3].body);
  EXPECT_EQ(by_number.at("verifications").as_object().size(), 1U);
  EXPECT_EQ(by_number.at("verifications").at("u-3"), fields(delivery)) << "the one posted last";
}

TEST_F(GerritVerifyTest, NothingIsPostedWithoutTheList) {
  auto reporter = make_it();
  const Delivery delivery = compose(*reporter, about_change(order_of(sample_build(0)))).at(0);
  const auto kind_after = [&](int status, std::string body = "") {
    http_.answers.clear();
    http_.answer(status, std::move(body));
    const auto receipt = send(*reporter, delivery);
    return receipt ? "delivered" : name(receipt.error().kind);
  };
  EXPECT_STREQ(kind_after(404), "rejected");
  EXPECT_STREQ(kind_after(401), "rejected");
  EXPECT_STREQ(kind_after(503), "unreachable");
  EXPECT_STREQ(kind_after(200, "<html>sign in</html>"), "unreachable");
  EXPECT_EQ(http_.requests.size(), 4U);
  http_.answers.clear();
  http_.answer(200, "{}");
  http_.answer(400, "Missing value field");
  const auto refused = send(*reporter, delivery);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Failure::Kind::rejected);
  EXPECT_THAT(refused.error().what, HasSubstr("Missing value field"));
}

TEST_F(GerritVerifyTest, TheLoginComesInAllForms) {
  const auto scheme_of = [&](Value auth) {
    auto reporter = make_it({{"auth", std::move(auth)}});
    http_.requests.clear();
    http_.answers.clear();
    http_.answer(200, "{}");
    EXPECT_TRUE(send(*reporter, compose(*reporter, about_change(order_of(sample_build(0)))).at(0)));
    EXPECT_EQ(http_.requests.at(1).auth->user, "ann");
    EXPECT_EQ(http_.requests.at(1).auth->password.reveal(), "pw");
    return http_.requests.at(1).auth->scheme;
  };
  const char* login = R"({"username": "ann", "password": "pw"})";
  EXPECT_EQ(scheme_of(auth_object("an HTTPDigestAuth", login)), http::Auth::Scheme::digest);
  EXPECT_EQ(scheme_of(auth_object("an HTTPBasicAuth", login)), http::Auth::Scheme::basic);
  EXPECT_EQ(scheme_of(Value{settings::List{text("ann"), text("pw")}}), http::Auth::Scheme::basic);
  const auto refused = [&](Value auth) { return error_of([&] { make_it({{"auth", std::move(auth)}}); }); };
  EXPECT_THAT(refused(auth_object("an OAuth1", login)), HasSubstr("GerritVerifyStatusPush(auth=...)"));
  EXPECT_THAT(refused(auth_object("an HTTPDigestAuth", "{}")), HasSubstr("strings"));
  EXPECT_THAT(refused(Value{settings::List{text("ann")}}), HasSubstr("pair"));
  EXPECT_THAT(error_of([&] { make_it({{"baseURL", text("gerrit")}}); }), HasSubstr("(baseURL=...)"));
}

TEST_F(GerritVerifyTest, NoSecretIsShown) {
  auto reporter = make_it({{"baseURL", text("http://u:t0psecret@gerrit.example.org/?k=t0psecret")}});
  const Delivery delivery = compose(*reporter, about_change(order_of(sample_build(0)))).at(0);
  http_.answer(403, "no");
  const auto refused = send(*reporter, delivery);
  ASSERT_FALSE(refused);
  for (const std::string& shown :
       {delivery.key, delivery.lane, delivery.target, delivery.summary, delivery.note, delivery.payload,
        refused.error().what, reporter->account()}) {
    EXPECT_THAT(shown, Not(HasSubstr("s3cret")));
    EXPECT_THAT(shown, Not(HasSubstr("t0psecret")));
  }
}

}  // namespace
}  // namespace carillon::reporter::gerrit_verify
