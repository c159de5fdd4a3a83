#include "cli/news.hpp"

#include <gmock/gmock.h>

#include <map>

#include "cli/remote_ledger.hpp"
#include "fakes/http_client.hpp"

namespace carillon::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Millis noon = 1'750'000'000'000;

TEST(Seen, WhatWasThereIsNoNews) {
  Seen seen(noon);
  EXPECT_LT(seen.since(), noon) << "clocks differ";
  EXPECT_TRUE(seen.is_new("7 waiting", noon - 1000));
  seen.turn();
  EXPECT_FALSE(seen.is_new("7 waiting", noon - 1000));
  EXPECT_TRUE(seen.is_new("7 delivered", noon + 500)) << "another state";
  EXPECT_FALSE(seen.is_new("7 delivered", noon + 500)) << "twice in one look";
}

TEST(Seen, OnlyTheLastSecondsAreLookedAtAgain) {
  Seen seen(noon);
  EXPECT_TRUE(seen.is_new("7", noon + 600'000));
  seen.turn();
  EXPECT_LT(seen.since(), noon + 600'000) << "what is committed together may be older";
  EXPECT_GT(seen.since(), noon + 590'000);
  const Millis before = seen.since();
  seen.turn();
  EXPECT_EQ(seen.since(), before) << "nothing came";
}

// A ledger over a server that keeps rows as JSON of the API.
class DeliveryNewsTest : public testing::Test {
 protected:
  DeliveryNewsTest() {
    http_->otherwise = [this](const http::Request& request) { return answer(request.url); };
  }

  http::Response answer(const std::string& url) {
    ++asked_;
    http::Response response;
    response.status = 200;
    const auto one = url.rfind("/deliveries/");
    if (one != std::string::npos) {
      const RowId id = std::stoll(url.substr(one + 12));
      json::object told = row(id);
      told["attempt_list"] = json::array();
      response.body = json::serialize(told);
      return response;
    }
    json::array items;
    for (auto state = states_.rbegin(); state != states_.rend(); ++state) {
      if (url.find("state=waiting") == std::string::npos || state->second == "waiting")
        items.push_back(row(state->first));
    }
    response.body = json::serialize(json::object{{"items", items}, {"next", nullptr}});
    return response;
  }

  json::object row(RowId id) const {
    return {{"id", id}, {"state", states_.at(id)}, {"reporter", id % 2 == 0 ? "even" : "odd"}};
  }

  std::vector<std::string> told(DeliveryNews& news) {
    std::vector<std::string> words;
    for (const store::LedgerRow& row : news.look())
      words.push_back(std::to_string(row.id) + " " + std::string(name(row.state)));
    return words;
  }

  std::map<RowId, std::string> states_{{1, "delivered"}, {2, "waiting"}, {3, "dead"}};
  int asked_ = 0;
  test::FakeHttpClient* http_ = nullptr;
  ApiClient api_{"http://bell.example.org/", Secret(), [this](const auto&) {
                   auto made = std::make_unique<test::FakeHttpClient>();
                   http_ = made.get();
                   return made;
                 }};
  RemoteLedger ledger_{api_};
};

TEST_F(DeliveryNewsTest, NewOnesAndWhatBecomesOfThoseThatWait) {
  DeliveryNews news(ledger_, {});
  EXPECT_THAT(told(news), IsEmpty()) << "they were there";
  states_[4] = "waiting";
  states_[5] = "delivered";
  EXPECT_THAT(told(news), ElementsAre("4 waiting", "5 delivered"));
  EXPECT_THAT(told(news), IsEmpty());
  states_[2] = "delivered";
  states_[4] = "dead";
  states_[3] = "waiting";
  EXPECT_THAT(told(news), ElementsAre("2 delivered", "3 waiting", "4 dead"));
  states_[3] = "delivered";
  EXPECT_THAT(told(news), ElementsAre("3 delivered"));
  asked_ = 0;
  EXPECT_THAT(told(news), IsEmpty());
  EXPECT_EQ(asked_, 2) << "a look without news costs no more, however many there are";
}

TEST_F(DeliveryNewsTest, OnlyWhatIsAskedFor) {
  store::LedgerFilter filter;
  filter.reporter = "even";
  filter.state = DeliveryState::dead;
  DeliveryNews news(ledger_, filter);
  states_[4] = "waiting";
  states_[5] = "dead";
  EXPECT_THAT(told(news), IsEmpty());
  states_[4] = "dead";
  EXPECT_THAT(told(news), ElementsAre("4 dead"));
}

TEST_F(DeliveryNewsTest, WhatWasShownMeanwhileIsNoNews) {
  DeliveryNews news(ledger_, {});
  states_[4] = "waiting";
  news.know(ledger_.deliveries({}));
  EXPECT_THAT(told(news), IsEmpty());
  states_[4] = "delivered";
  EXPECT_THAT(told(news), ElementsAre("4 delivered"));
}

}  // namespace
}  // namespace carillon::cli
