#include "cli/remote_ledger.hpp"

#include <gmock/gmock.h>

#include "fakes/http_client.hpp"
#include "server/roster_record.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* the_token = "s3cret-token";

class RemoteLedgerTest : public testing::Test {
 protected:
  // What the server said, and is now.
  std::string error_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "no error";
  }

  std::string header(std::size_t request, const std::string& name) const {
    for (const auto& [key, value] : http_->requests.at(request).headers) {
      if (key == name) return value;
    }
    return "";
  }

  test::FakeHttpClient* http_ = nullptr;
  ApiClient api_{"https://bell.example.org/carillon", Secret(the_token), [this](const auto&) {
                   auto made = std::make_unique<test::FakeHttpClient>();
                   http_ = made.get();
                   return made;
                 }};
  RemoteLedger ledger_{api_};
};

TEST_F(RemoteLedgerTest, AsksBelowTheAddressWithTheToken) {
  http_->answer(200, R"({"items": [], "next": null})");
  store::LedgerFilter filter;
  filter.state = DeliveryState::dead;
  filter.reporter = "a b";
  filter.since = 1'750'000'000'000;
  EXPECT_TRUE(ledger_.deliveries(filter).empty());
  EXPECT_EQ(http_->requests.at(0).url,
            "https://bell.example.org/carillon/api/v1/deliveries?state=dead&reporter=a%20b"
            "&since=2025-06-15T15%3A06%3A40Z&limit=50");
  EXPECT_EQ(header(0, "Authorization"), std::string("Bearer ") + the_token);
  EXPECT_TRUE(http_->requests.at(0).verify);
}

TEST_F(RemoteLedgerTest, PagesFollowEachOtherUpToTheLimit) {
  http_->answer(200, R"({"items": [{"id": 9, "state": "dead"}, {"id": 8, "state": "dead"}], "next": 8})");
  http_->answer(200, R"({"items": [{"id": 7, "state": "dead"}, {"id": 6, "state": "dead"}], "next": 6})");
  store::LedgerFilter filter;
  filter.limit = 3;
  std::vector<RowId> ids;
  for (const store::LedgerRow& row : ledger_.deliveries(filter))
    ids.push_back(row.id);
  EXPECT_THAT(ids, ElementsAre(7, 8, 9));
  EXPECT_THAT(http_->requests.at(1).url, HasSubstr("before=8&limit=1"));
}

TEST_F(RemoteLedgerTest, ABuildComesWithItsDeliveriesInOneQuestion) {
  http_->answer(200, R"({"builder": "a/b", "number": 3, "events": [
      {"id": 5, "key": "builds/3/finished", "builder": "a/b", "number": 3, "results": 2, "decisions": [],
       "deliveries": [{"id": 7, "state": "delivered", "reporter": "mails",
                       "attempt_list": [{"at": 1, "state": "delivered", "answer": "250"}]}]}]})");
  const auto events = ledger_.events_of({"a/b", 3, {}, {}});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_THAT(http_->requests.at(0).url, HasSubstr("/api/v1/b/a%2Fb/3"));
  ASSERT_EQ(ledger_.deliveries_of(events.at(0).row).size(), 1U);
  EXPECT_EQ(ledger_.attempts(7).at(0).answer, "250");
  EXPECT_EQ(http_->requests.size(), 1U);
  http_->answer(404, R"({"error": "there is no such thing"})");
  EXPECT_TRUE(ledger_.events_of({"x", {}, {}, {}}).empty());
  EXPECT_THAT(http_->requests.at(1).url, HasSubstr("/b/x/latest"));
  EXPECT_THAT(error_of([&] { ledger_.events_of({"", {}, 17, {}}); }), HasSubstr("BUILDER/NUMBER"));
}

TEST_F(RemoteLedgerTest, WhoAsksForAnAddressNamesIt) {
  http_->answer(200, R"({"events": []})");
  ledger_.ask_for("dev@example.org");
  BuildName name;
  name.builder = "linux";
  name.number = 7;
  EXPECT_TRUE(ledger_.events_of(name).empty());
  EXPECT_EQ(http_->requests.at(0).url,
            "https://bell.example.org/carillon/api/v1/b/linux/7?who=dev%40example.org");
}

TEST_F(RemoteLedgerTest, WhatIsDoneIsPostedAndRefusalsAreTold) {
  http_->answer(202, R"({"done": "due"})");
  EXPECT_EQ(ledger_.resend(7, 0, "nobody"), "");
  EXPECT_EQ(http_->requests.at(0).method, "POST");
  EXPECT_THAT(http_->requests.at(0).url, HasSubstr("/deliveries/7/resend"));
  http_->answer(409, R"({"error": "delivery 7 is delivered"})");
  EXPECT_EQ(ledger_.drop(7, 0, "nobody"), "delivery 7 is delivered");
  http_->answer(200, R"({"resumed": ["mails", "posts"]})");
  EXPECT_THAT(ledger_.resume("mails", 0), ElementsAre("mails", "posts"));
  http_->answer(400, R"({"error": "until: at most two days"})");
  EXPECT_THAT(error_of([&] { ledger_.hold({"mails", 1, "x"}); }), HasSubstr("at most two days"));
  http_->answer(200, R"({"changed": 1, "refused": [{"id": 8, "why": "it is gone"}]})");
  const ManyResent many = ledger_.resend_many({7, 8});
  EXPECT_EQ(many.changed, 1U);
  EXPECT_EQ(many.refused.at(0).second, "it is gone");
  EXPECT_EQ(http_->requests.back().body, R"({"ids":[7,8]})");
  EXPECT_THAT(error_of([&] { ledger_.drop_all_of("mails", 0); }), HasSubstr("one by one"));
}

TEST_F(RemoteLedgerTest, SilencesAreTheServers) {
  const char* one =
      R"({"id": 3, "builder": "linux*", "from": 5, "until": 9, "why": "disk", "who": "token wall",
                        "held_back": 2, "held": [{"reporter": "m", "builder": "linux", "count": 2}]})";
  Silence silence;
  silence.builder = "linux*";
  silence.created = silence.from = 100;
  silence.until = 900;
  silence.why = "disk";
  silence.summary = true;
  http_->answer(201, one);
  EXPECT_EQ(ledger_.add_silence(silence), 3);
  EXPECT_EQ(json::parse(http_->requests.at(0).body),
            json::parse(
                R"({"builder": "linux*", "statuses": false, "summary": true, "why": "disk", "until": 900})"))
      << "it begins now, by the server's clock";
  EXPECT_NE(header(0, "Idempotency-Key"), "");
  silence.from = 200;
  http_->answer(400, R"({"error": "until: is in the past"})");
  EXPECT_EQ(error_of([&] { ledger_.add_silence(silence); }), "until: is in the past");
  EXPECT_THAT(http_->requests.at(1).body, HasSubstr(R"("from":200)"));
  http_->answer(200, std::string(R"({"items": [)") + one + R"(], "next": null})");
  EXPECT_EQ(ledger_.kept_silences().at(0).count(), 2U);
  http_->answer(200, one);
  EXPECT_EQ(ledger_.kept_silence(3)->silence.who, "token wall");
  http_->answer(404, R"({"error": "there is no silence '4'"})");
  EXPECT_FALSE(ledger_.kept_silence(4));
  http_->answer(200, one);
  EXPECT_EQ(ledger_.end_silence(3, 0, "nobody"), "");
  EXPECT_EQ(http_->requests.back().method, "DELETE");
  http_->answer(409, R"({"error": "silence 3 has ended already"})");
  EXPECT_EQ(ledger_.end_silence(3, 0, "nobody"), "silence 3 has ended already");
  http_->answer(200,
                R"({"reports": 7, "held_back": 3, "by_reporter": {"m": 3}, "events": 9, "partial": false})");
  EXPECT_EQ(view::in_words(ledger_.try_out(silence)),
            "In the last 24 h this would have held back 3 of 7 reports: m 3.");
}

TEST_F(RemoteLedgerTest, TheServersReportersAreItsRoster) {
  http_->answer(200, R"({"items": [{"name": "mails", "draining": false, "tells_programs": false},
                                   {"name": "old", "draining": true, "tells_programs": true}]})");
  const server::RosterRecord roster(ledger_, true);
  EXPECT_TRUE(roster.tells_programs("old"));
  EXPECT_FALSE(roster.tells_programs("mails"));
  EXPECT_EQ(roster.state_of("mails"), server::RosterRecord::State::configured);
  EXPECT_EQ(roster.state_of("old"), server::RosterRecord::State::draining);
  EXPECT_EQ(roster.state_of("x"), server::RosterRecord::State::missing);
  EXPECT_EQ(ledger_.remembered("source ci", "x"), std::nullopt) << "what hooks noted is told with the event";
}

TEST_F(RemoteLedgerTest, ErrorsSayWhatToDoAndShowNoToken) {
  const auto ask = [&] { return error_of([&] { ledger_.status(); }); };
  http_->answer(401, R"({"error": "who are you?", "hint": "log in"})");
  EXPECT_THAT(ask(), AllOf(HasSubstr("does not take the token in CARILLON_TOKEN"), HasSubstr("log in"),
                           Not(HasSubstr(the_token))));
  http_->answer(403, R"({"error": "the role operator is needed"})");
  EXPECT_THAT(ask(), AllOf(HasSubstr("let the token in CARILLON_TOKEN do this"), HasSubstr("operator")));
  http_->answer(404, "<html>");
  EXPECT_THAT(ask(), HasSubstr("has no API of Carillon"));
  http_->answer(200, "<html>");
  EXPECT_THAT(ask(), HasSubstr("has no API of Carillon"));
  http_->answer(200, "{}");
  EXPECT_THAT(ask(), HasSubstr("has no API of Carillon")) << "some other server with JSON";
  http_->answer(503, R"({"error": "too many readers"})");
  EXPECT_THAT(ask(), AllOf(HasSubstr("cannot answer now"), HasSubstr("too many readers")));
  http_->answer(502, "bad gateway");
  EXPECT_THAT(ask(), AllOf(HasSubstr("cannot answer now"), HasSubstr("502")));
  http_->answers.emplace_back(unreachable("connect: Connection refused"));
  EXPECT_THAT(ask(), AllOf(HasSubstr("cannot be asked"), HasSubstr("Connection refused")));
}

TEST(ApiClient, AddressesAndTokensThatAreNone) {
  const auto made = [](const char* server, const char* token) -> std::string {
    try {
      ApiClient client(server, Secret(token));
    } catch (const settings::ConfigError& error) {
      return error.what();
    }
    return "fine";
  };
  EXPECT_EQ(made("http://localhost:8020", ""), "fine");
  EXPECT_THAT(made("localhost:8020", ""), HasSubstr("must be the server's URL"));
  EXPECT_THAT(made("ftp://x/", ""), HasSubstr("must be the server's URL"));
  EXPECT_THAT(made("https://me:secret@x/", ""), AllOf(HasSubstr("password"), Not(HasSubstr("secret@"))));
  EXPECT_THAT(made("https://x/?a=b", ""), HasSubstr("first page"));
  EXPECT_THAT(made("https://x/", "a\nb"), HasSubstr("no token has"));
}

}  // namespace
}  // namespace carillon::cli
