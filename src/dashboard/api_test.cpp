#include <gmock/gmock.h>

#include "dashboard/site_fixture.hpp"

namespace carillon::dashboard {
namespace {

using testing::HasSubstr;

class ApiTest : public SiteTest {
 protected:
  json::value post(const std::string& target, const std::string& body, int status, Headers headers = {}) {
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
  EXPECT_TRUE(api("builders").at("next").is_null());
  EXPECT_EQ(count(api("builders?after=ci/linuw")), 1U);
  EXPECT_EQ(count(api("builders?after=ci/linux")), 0U);
  EXPECT_EQ(api("builders?after=linux", 400).at("error"), "after: is no `next` of an answer");
  EXPECT_EQ(count(api("deliveries?state=waiting")), 3U);
  EXPECT_EQ(api("b/nonesuch", 404).at("error"), "there is no such thing");
  EXPECT_THAT(std::string(api("builds?limit=x", 400).at("error").as_string()), HasSubstr("limit"));
}

TEST_F(ApiTest, WhatIsMisspeltAsksForNothing) {
  settle(heard(1), DeliveryState::dead);
  EXPECT_EQ(api("deliveries?stat=waiting", 400).at("error"), "stat: is not known here");
  EXPECT_EQ(api("b/linux?builder=windows", 400).at("error"), "builder: is not known here");
  for (const char* place :
       {"builds", "builders", "b/linux", "b/linux/1", "b/linux/1/preview/mail", "deliveries", "deliveries/1",
        "deliveries/1/request", "status", "reporters", "reporters/mail", "names", "sources", "log", "me",
        "grid", "config", "silences", "silences/1"}) {
    SCOPED_TRACE(place);
    EXPECT_EQ(api(std::string(place) + "?x=1", 400).at("error"), "x: is not known here");
  }
  EXPECT_EQ(
      post("deliveries/drop", R"({"filter": {"reporer": "x"}, "expect": 1, "up_to": 1})", 400).at("error"),
      "filter.reporer: is not known here");
  EXPECT_EQ(
      post("deliveries/drop", R"({"filter": {"limit": "1"}, "expect": 1, "up_to": 1})", 400).at("error"),
      "filter.limit: is not known here");
  EXPECT_EQ(post("deliveries/drop?filter=x", R"({"ids": [1]})", 400).at("error"),
            "filter: is not known here");
  EXPECT_EQ(api("deliveries/1").at("state"), "dead");
  for (const char* page : {"builds", "b/linux", "deliveries", "grid"}) {
    EXPECT_THAT(get("/" + std::string(page) + "?stat=dead").body, HasSubstr("stat: is not known here"))
        << page;
    EXPECT_THAT(get("/" + std::string(page) + "?branch=&refresh=9").body,
                testing::Not(HasSubstr("refresh: is not known")));
  }
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
  EXPECT_EQ(api("b/linux/latest?result=failure").at("number"), 7);
  api("b/linux/latest?result=success", 404);
  api("b/linux/latest?branch=nonesuch", 404);
  EXPECT_EQ(api("b/linux/latest?result=bad", 400).at("error"), "result: there is no result 'bad'");
  EXPECT_EQ(api("b/linux/7?branch=main", 400).at("error"), "branch: chooses among builds, for 'latest' only");
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

TEST_F(ApiTest, ManyAreChangedInBlocksThatAreNotedEach) {
  constexpr int count_of_all = 401;
  std::vector<Delivery> deliveries;
  for (int i = 0; i < count_of_all; ++i)
    deliveries.push_back(store::delivery("key" + std::to_string(i)));
  const RowId newest = compose(accept_one(1), std::move(deliveries)).back().id;
  const std::string all = R"({"filter": {"state": "waiting"}, "expect": 401, "up_to": )" +
                          std::to_string(newest) + R"(, "reason": "old"})";
  EXPECT_EQ(post("deliveries/drop", all, 200).at("changed"), count_of_all);
  EXPECT_EQ(count(api("deliveries?state=waiting")), 0U);
  const json::value log = api("log");
  ASSERT_EQ(count(log), 3U);
  EXPECT_EQ(log.at("items").at(0).at("about"), "1 report");
  EXPECT_EQ(log.at("items").at(2).at("about"), "200 reports");
  EXPECT_EQ(log.at("items").at(2).at("reason"), "old");
  EXPECT_EQ(looked_, 3) << "the server is to know of each block";
}

TEST_F(ApiTest, TheSameOneTwiceIsOne) {
  const RowId id = heard(1);
  const std::string number = std::to_string(id);
  const json::value done =
      post("deliveries/drop", R"({"ids": [)" + number + "," + number + "," + number + "]}", 200);
  EXPECT_EQ(done.at("done"), "1 report is dropped.");
  EXPECT_EQ(done.at("refused").as_array().size(), 0U);
  EXPECT_EQ(post("deliveries/drop", R"({"ids": [)" + number + "]}", 200).at("done"),
            "0 reports are dropped. 1 was left as it is.");
}

// SQLite waits for 10 s before it gives up.
TEST_F(ApiTest, ALockedStoreHoldsUpNoReader) {
  const RowId id = heard(1);
  const std::string at = "/api/v1/deliveries/" + std::to_string(id);
  std::optional<web::Response> dropped;
  store::open_ledger(path_)->together([&] {
    web::Request drop = request("POST", at + "/drop");
    const auto found = router_.find(drop);
    asio::co_spawn(io_, found.route->handler(std::move(drop)),
                   [&](std::exception_ptr error, web::Response answer) {
                     EXPECT_FALSE(error);
                     dropped = std::move(answer);
                   });
    EXPECT_EQ(api("deliveries/" + std::to_string(id)).at("state"), "waiting");
    EXPECT_FALSE(dropped) << "it waits for the lock";
  });
  while (!dropped)
    api("status");
  EXPECT_EQ(dropped->status, 200) << dropped->body;
}

TEST_F(ApiTest, WhatCannotBeNotedIsNotDone) {
  fails_ = true;
  const web::Response tested = ask("POST", "/api/v1/reporters/mail/test");
  EXPECT_EQ(tested.status, 503);
  EXPECT_EQ(header(tested, "Retry-After"), "5");
  EXPECT_THAT(tested.body, HasSubstr("the disk is full"));
  post("reload", "", 503);
  post("deliveries/1/drop", "", 503);
  EXPECT_EQ(tests_ + reloads_, 0);
  fails_ = false;
  post("reload", "", 200);
  reloaded_ = {{"error", "carillon.cfg:3: no"}};
  post("reload", "", 409);
  EXPECT_EQ(reloads_, 2);
  EXPECT_EQ(count(api("log")), 2U) << "each time it was asked for";
}

TEST_F(ApiTest, BuildsMayBeginAtZero) {
  heard(0);
  EXPECT_EQ(api("b/linux/0").at("number"), 0);
  EXPECT_EQ(api("b/linux/0/preview/mail").at("decision"), "report");
  EXPECT_EQ(get("/b/linux/0/preview/mail").status, 200);
  api("b/linux/-1", 404);
}

TEST_F(ApiTest, ARequestThatComesAgainIsDoneOnce) {
  const RowId id = heard(1);
  settle(id, DeliveryState::dead);
  const std::string at = "deliveries/" + std::to_string(id) + "/resend";
  EXPECT_EQ(post(at, "", 202, {{"idempotency-key", "k1"}}), post(at, "", 202, {{"idempotency-key", "k1"}}));
  EXPECT_EQ(count(api("log")), 1U);
  post(at, R"({"reason": "x"})", 422, {{"idempotency-key", "k1"}});
  post(at, "", 400, {{"idempotency-key", std::string(129, 'k')}});
  access_.known.who = "bob";
  post(at, R"({"reason": "x"})", 202, {{"idempotency-key", "k1"}});
  const std::string silence = R"({"builder": "x", "for": "2h", "why": "y"})";
  EXPECT_EQ(post("silences", silence, 201, {{"idempotency-key", "k2"}}).at("id"),
            post("silences", silence, 201, {{"idempotency-key", "k2"}}).at("id"));
  EXPECT_EQ(count(api("silences")), 1U);
}

TEST_F(ApiTest, ARequestThatComesAgainAfterARestartIsDoneOnce) {
  const RowId id = heard(1);
  settle(id, DeliveryState::dead);
  const std::string at = "deliveries/" + std::to_string(id) + "/resend";
  const std::string silence = R"({"builder": "x", "for": "2h", "why": "y"})";
  world_.memory = [this]() -> store::KeyValue* { return store_.get(); };
  const auto restart = [&] {
    routes_.clear();
    routes_ = site_.serve(router_, pages(world_));
  };
  restart();
  const json::value resent = post(at, "", 202, {{"idempotency-key", "k"}});
  const json::value made = post("silences", silence, 201, {{"idempotency-key", "k"}});
  restart();
  EXPECT_EQ(post(at, "", 202, {{"idempotency-key", "k"}}), resent);
  EXPECT_EQ(post("silences", silence, 201, {{"idempotency-key", "k"}}), made);
  EXPECT_EQ(count(api("log")), 2U);
  post(at, R"({"reason": "x"})", 422, {{"idempotency-key", "k"}});
  access_.known.who = "bob";
  post(at, "", 202, {{"idempotency-key", "k"}});
  access_.known.who = "alice";
  const auto kept = [&] { return store::run(io_, store_->recall("(repeats of deeds)", ""))->size(); };
  EXPECT_EQ(kept(), 2U);
  clock_.advance(25 * test::hour);
  post(at, "", 202, {{"idempotency-key", "another"}});
  EXPECT_EQ(kept(), 1U) << "those of the day before are forgotten";
  restart();
  post(at, R"({"reason": "x"})", 202, {{"idempotency-key", "k"}});
  EXPECT_EQ(count(api("log")), 5U) << "after a day it is another request";
}

TEST_F(ApiTest, WhileOneIsUnderWayItsKeyDoesNothing) {
  web::Response second;
  while_tested_ = [&]() -> asio::awaitable<void> {
    web::Request again = request("POST", "/api/v1/reporters/mail/test", "", {{"idempotency-key", "k"}});
    const auto found = router_.find(again);
    second = co_await found.route->handler(std::move(again));
  };
  post("reporters/mail/test", "", 200, {{"idempotency-key", "k"}});
  EXPECT_EQ(second.status, 409) << second.body;
  EXPECT_EQ(header(second, "Retry-After"), "1");
  post("reporters/mail/test", "", 200, {{"idempotency-key", "k"}});
  EXPECT_EQ(tests_, 1);
}

// As `curl -d` sends it.
TEST_F(ApiTest, ABodyIsJsonWhateverItIsCalled) {
  const RowId id = heard(1);
  settle(id, DeliveryState::dead);
  const std::string at = "deliveries/" + std::to_string(id) + "/resend";
  const std::map<std::string, std::string, std::less<>> form{
      {"content-type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(post(at, R"({"reason": "100% & more"})", 202, form).at("id"), id);
  EXPECT_EQ(api("log").at("items").at(0).at("reason"), "100% & more");
  EXPECT_THAT(std::string(post(at, "reason=x", 400, form).at("hint").as_string()),
              HasSubstr("Content-Type: application/json"));
}

TEST_F(ApiTest, AReasonIsOneLineOfTwoHundredCharacters) {
  const RowId id = heard(1);
  settle(id, DeliveryState::dead);
  const std::string number = std::to_string(id);
  const auto with = [](const std::string& members, const std::string& reason) {
    return json::serialize(json::object{{"reason", reason}}).insert(1, members);
  };
  const std::pair<std::string, std::string> deeds[] = {{"deliveries/" + number + "/resend", ""},
                                                       {"deliveries/" + number + "/drop", ""},
                                                       {"deliveries/drop", R"("ids": [)" + number + "],"},
                                                       {"reporters/mail/pause", R"("until": "2h",)"},
                                                       {"reporters/mail/go", ""}};
  for (const auto& [at, members] : deeds) {
    SCOPED_TRACE(at);
    EXPECT_EQ(post(at, with(members, std::string(201, 'x')), 400).at("error"),
              "reason: has 201 characters, at most 200 are taken");
    for (const char* odd : {"a\nb", "\x1b[31mred", "a\u202eb"})
      EXPECT_EQ(post(at, with(members, odd), 400).at("error"),
                "reason: must be one line that everybody can see");
  }
  EXPECT_EQ(ask("POST", "/deliveries/" + number + "/drop", "reason=a%0ab").status, 400) << "of a form, too";
  EXPECT_EQ(post("reporters/mail/pause", R"({"until": "2h", "reason": "x", "until": "5m"})", 400).at("error"),
            "until: is given twice");
  EXPECT_EQ(post("reporters/mail/pause", R"({"until": "2h"})", 400).at("error"),
            "reason: say why it is paused; others will ask.");
  EXPECT_EQ(count(api("log")), 0U);
  EXPECT_EQ(api("deliveries/" + number).at("state"), "dead");
}

TEST_F(ApiTest, TextsMustBeTexts) {
  EXPECT_EQ(post("deliveries/1/drop", R"({"reason": 5})", 400).at("error"),
            "reason: must be a text, not a number");
  EXPECT_EQ(post("deliveries/drop", R"({"ids": [1], "reason": ["x"]})", 400).at("error"),
            "reason: must be a text, not a list");
  EXPECT_EQ(post("reporters/mail/pause", R"({"until": 5, "reason": "x"})", 400).at("error"),
            "until: must be a text, not a number");
}

TEST_F(ApiTest, ReportersArePausedAndTested) {
  EXPECT_EQ(post("reporters/mail/pause", R"({"until": "2h", "reason": "moving"})", 200).at("until"),
            clock_.now() + 7'200'000);
  EXPECT_EQ(api("reporters").at("items").at(0).at("paused_by"), "alice");
  EXPECT_EQ(api("reporters/mail"), api("reporters").at("items").at(0));
  EXPECT_EQ(api("reporters/nonesuch", 404).at("error"), "there is no such thing");
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
