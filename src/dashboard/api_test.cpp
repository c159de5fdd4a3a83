#include <gmock/gmock.h>

#include "dashboard/site_fixture.hpp"

namespace carillon::dashboard {
namespace {

using testing::HasSubstr;

class ApiTest : public SiteTest {
 protected:
  json::value post(const std::string& target, const std::string& body, int status,
                   std::map<std::string, std::string, std::less<>> headers = {}) {
    const web::Response response = ask("POST", "/api/v1/" + target, body, std::move(headers));
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  static std::size_t count(const json::value& page) { return page.at("items").as_array().size(); }
};

TEST_F(ApiTest, ListsArePagesOfItems) {
  for (int number = 1; number <= 3; ++number)
    heard(number);
  const json::value first = api("builds?limit=2");
  EXPECT_EQ(count(first), 2U);
  EXPECT_EQ(first.at("items").at(0).at("number"), 3);
  EXPECT_EQ(first.at("items").at(0).at("result"), "failure");
  const json::value second = api("builds?limit=2&before=" + json::serialize(first.at("next")));
  EXPECT_EQ(count(second), 1U);
  EXPECT_TRUE(second.at("next").is_null());
  EXPECT_EQ(count(api("b/linux")), 3U);
  EXPECT_EQ(api("builders").at("items").at(0).at("builds").as_array().size(), 1U);
  EXPECT_EQ(count(api("deliveries?state=waiting")), 3U);
  EXPECT_EQ(api("b/nonesuch", 404).at("error"), "there is no such thing");
  EXPECT_THAT(std::string(api("builds?limit=x", 400).at("error").as_string()), HasSubstr("limit"));
}

TEST_F(ApiTest, ABuildTellsWhoWasTold) {
  const RowId id = heard(7);
  settle(id, DeliveryState::delivered);
  const json::value why = api("b/linux/7?who=t");
  EXPECT_EQ(why.at("number"), 7);
  EXPECT_EQ(why.at("events").at(0).at("decisions").at(0).at("reporter"), "mail");
  EXPECT_EQ(why.at("who").at("told").at(0).at("id"), id);
  EXPECT_EQ(why.at("who").at("was_told"), true);
  EXPECT_EQ(api("b/linux/7?who=bob").at("who").at("reasons").at(0).at("reason"), "reports it to others: t");
  EXPECT_EQ(api("b/linux/latest").at("number"), 7);
  EXPECT_EQ(api("b/linux/7?who=bob").at("who").at("told").as_array().size(), 0U);
  EXPECT_EQ(api("deliveries/" + std::to_string(id)).at("state"), "delivered");
  api("deliveries/99", 404);
  api("b/linux/8", 404);
}

TEST_F(ApiTest, TheStatusIsThatOfTheOverview) {
  settle(heard(1), DeliveryState::dead);
  reporters_.clear();
  const json::value status = api("status");
  EXPECT_EQ(status.at("reporters").at(0).at("dead"), 1);
  EXPECT_EQ(status.at("needs_a_person").as_array().size(), 1U);
  EXPECT_EQ(api("me").at("role"), "admin");
  EXPECT_EQ(count(api("reporters")), 0U);
  EXPECT_EQ(count(api("sources")), 0U);
  status_.sources = {{"ci", "http://ci/", std::nullopt}, {"new", "http://new/", std::nullopt}};
  EXPECT_EQ(api("sources").at("items").at(0).at("heard"), 5);
  EXPECT_EQ(api("sources").at("items").at(1).at("heard"), nullptr);
}

TEST_F(ApiTest, OneDeliveryIsSentAgainOrDropped) {
  const RowId id = heard(1);
  settle(id, DeliveryState::dead);
  const std::string at = "deliveries/" + std::to_string(id);
  EXPECT_EQ(post(at + "/resend", R"({"reason": "disk"})", 202).at("id"), id);
  EXPECT_EQ(post(at + "/resend", "", 202, {{"prefer", "respond-async"}}).at("id"), id);
  EXPECT_EQ(post(at + "/drop", "", 200).at("id"), id);
  EXPECT_THAT(std::string(post(at + "/drop", "", 409).at("error").as_string()), HasSubstr("is dropped"));
  post("deliveries/99/resend", "", 404);
  EXPECT_EQ(post(at + "/drop", R"({"why": 1})", 400).at("error"), "why: is not known here");
  post(at + "/drop", "[1]", 400);
  post(at + "/drop", "{", 400);
  EXPECT_EQ(count(api("log")), 3U);
}

TEST_F(ApiTest, SeveralOnlyAsTheyWereSeen) {
  std::vector<RowId> ids;
  for (int number = 1; number <= 3; ++number) {
    ids.push_back(heard(number));
    settle(ids.back(), DeliveryState::dead);
  }
  const auto by_filter = [](std::size_t expect, RowId up_to) {
    return R"({"filter": {"state": "dead"}, "expect": )" + std::to_string(expect) + R"(, "up_to": )" +
           std::to_string(up_to) + "}";
  };
  post("deliveries/resend", by_filter(2, ids[2]), 409);
  post("deliveries/resend", by_filter(3, ids[1]), 409);
  EXPECT_EQ(post("deliveries/resend", by_filter(3, ids[2]), 200).at("changed"), 3);
  const json::value some =
      post("deliveries/drop", R"({"ids": [)" + std::to_string(ids[0]) + R"(, 99], "reason": "old"})", 200);
  EXPECT_EQ(some.at("changed"), 1);
  EXPECT_EQ(some.at("refused").at(0).at("id"), 99);
  for (const char* wrong :
       {R"({})", R"({"ids": []})", R"({"ids": ["x"]})", R"({"filter": {}})",
        R"({"filter": {"state": 1}, "expect": 1, "up_to": 1})", R"({"ids": [1], "filter": {}})",
        R"({"filter": {"state": "bad"}, "expect": 1, "up_to": 1})"})
    post("deliveries/drop", wrong, 400);
}

TEST_F(ApiTest, ARequestThatComesAgainIsDoneOnce) {
  const RowId id = heard(1);
  settle(id, DeliveryState::dead);
  const std::string at = "deliveries/" + std::to_string(id) + "/resend";
  EXPECT_EQ(post(at, "", 202, {{"idempotency-key", "k1"}}), post(at, "", 202, {{"idempotency-key", "k1"}}));
  EXPECT_EQ(count(api("log")), 1U);
  post(at, R"({"reason": "x"})", 422, {{"idempotency-key", "k1"}});
  post(at, "", 400, {{"idempotency-key", std::string(129, 'k')}});
}

TEST_F(ApiTest, ReportersArePausedAndTested) {
  EXPECT_EQ(post("reporters/mail/pause", R"({"until": "2h", "reason": "moving"})", 200).at("until"),
            clock_.now() + 7'200'000);
  EXPECT_EQ(api("reporters").at("items").at(0).at("paused_by"), "alice");
  post("reporters/mail/pause", R"({"until": "soon", "reason": "x"})", 400);
  post("reporters/mail/pause", R"({"until": "2h"})", 400);
  EXPECT_EQ(post("reporters/mail/go", "", 200).at("resumed").at(0), "mail");
  post("reporters/mail/go", "", 409);
  EXPECT_TRUE(post("reporters/mail/test", "", 200).as_object().contains("outcomes"));
  tested_ = {{"error", "There is no reporter 'x'."}};
  post("reporters/x/test", "", 404);
  post("reload", "", 200);
  reloaded_ = {{"error", "carillon.cfg:3: no"}};
  EXPECT_THAT(std::string(post("reload", "", 409).at("error").as_string()), HasSubstr("carillon.cfg:3"));
}

}  // namespace
}  // namespace carillon::dashboard
