// What every reporter must do alike: one sample configuration each, nasty builds, nasty answers.
#include "server/reporters.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.hpp"
#include "server/reporter_samples.hpp"

namespace carillon::server {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<reporter::Details> plain_orders() {
  std::vector<reporter::Details> orders;
  for (int results = -1; results <= 6; ++results) {
    json::object build = reportable(results);
    if (results >= 0) build["buildid"] = 7 + results;
    orders.push_back(test::order_of(std::move(build)));
  }
  for (const int results : {-1, 6}) {
    reporter::Details details = test::request_order(results);
    json::object request = reportable(-1);
    for (const auto& member : details.builds.front())
      request[member.key()] = member.value();
    for (const char* of_a_build : {"buildid", "number", "started_at", "workerid", "workername"})
      request.erase(of_a_build);
    details.builds.edit(0) = std::move(request);
    orders.push_back(std::move(details));
  }
  reporter::Details set = test::order_of(reportable(2));
  set.kind = EventKind::buildset_complete;
  set.event_id = "ci/buildsets/9/complete";
  set.buildset = json::parse(R"({"bsid": 9, "results": 2, "complete": true})").as_object();
  set.builds.push_back(reportable(0));
  orders.push_back(std::move(set));
  return orders;
}

// The same with data that breaks out of everything it is put into.
std::vector<reporter::Details> nasty_orders(std::size_t size) {
  std::vector<reporter::Details> orders = plain_orders();
  for (reporter::Details& details : orders) {
    for (std::size_t i = 0; i < details.builds.size(); ++i) {
      json::object& build = details.builds.edit(i);
      build.at("builder").as_object()["name"] = nasty_name(size);
      build["state_string"] = nasty_text(size);
      build["url"] = "http://ci/#builders/1/builds/3?x=" + std::string(1000, 'y');
      json::object& properties = build.at("properties").as_object();
      properties["buildername"] = json::array{nasty_name(size), "Builder"};
      properties["reason"] = json::array{nasty_text(size), "x"};
      build.at("changes").as_array().push_back(json::object{{"author", nasty_text(size)}});
    }
  }
  return orders;
}

// Data in shapes that no master sends.
std::vector<reporter::Details> broken_orders() {
  std::vector<reporter::Details> orders;
  for (const char* member : {"builder", "buildset", "buildrequest", "properties", "url", "state_string",
                             "changes", "results", "started_at", "complete_at"}) {
    for (const char* instead : {"null", "7", "[]", "[[]]", "{}", "\"text\"", "-1", "1e300"}) {
      reporter::Details details = test::order_of(reportable(2));
      details.builds.edit(0)[member] = json::parse(instead);
      orders.push_back(std::move(details));
    }
  }
  for (const char* member : {"revision", "branch", "project", "repository", "codebase"}) {
    for (const char* instead : {"null", "7", "{}", "\"../../x\"", "\"a b\\n\"", "\"\""}) {
      reporter::Details details = test::order_of(reportable(2));
      test::sourcestamp(details.builds.edit(0))[member] = json::parse(instead);
      orders.push_back(std::move(details));
    }
  }
  reporter::Details empty = test::order_of(reportable(2));
  empty.builds.clear();
  orders.push_back(std::move(empty));
  return orders;
}

bool wants(const rule::Rule& rule, const reporter::Details& details) {
  if (details.kind == EventKind::buildset_complete) return rule.build_set_summary;
  if (details.builds.empty()) return true;
  if (is_request(details.kind)) {
    const BuildFacts facts = facts_of(details.builds.front());
    return rule::decide_request(rule, details.kind, facts, false).outcome == Decision::Outcome::report;
  }
  return wants_build(rule, details);
}

class EveryReporter : public test::ReporterTest, public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    for (ReporterKind& kind : reporter_kinds_) {
      if (kind.schema.name == GetParam()) kind_ = &kind;
    }
    ASSERT_TRUE(samples().contains(GetParam())) << "give it a sample configuration";
    reporter_ = make();
    ASSERT_TRUE(reporter_);
  }
  const Sample& sample() { return samples().at(GetParam()); }
  settings::Arguments args() { return bind(kind_->schema, sample().keywords); }
  std::unique_ptr<reporter::Reporter> make() { return kind_->make(args(), {environment()}); }

  // Of those reports that the rule wants.
  std::vector<Delivery> deliveries_if_any(const std::vector<reporter::Details>& orders) {
    rule::Rule rule = kind_->rule(args());
    rule.audience = chat::audience_of(*reporter_);
    std::vector<Delivery> all;
    for (const reporter::Details& details : orders) {
      if (!wants(rule, details)) continue;
      for (Delivery& delivery : compose(*reporter_, details))
        all.push_back(std::move(delivery));
    }
    return all;
  }
  // Fails where nothing would be sent: what is asked of each would be asked of none.
  std::vector<Delivery> deliveries_of(const std::vector<reporter::Details>& orders) {
    std::vector<Delivery> all = deliveries_if_any(orders);
    EXPECT_FALSE(std::ranges::all_of(all, &Delivery::skip)) << "there is nothing to look at";
    return all;
  }

  std::vector<ReporterKind> reporter_kinds_ = reporter_kinds();
  const ReporterKind* kind_ = nullptr;
  std::unique_ptr<reporter::Reporter> reporter_;
};

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const ReporterKind& kind : reporter_kinds()) {
    if (!is_base(kind.schema.name)) names.push_back(kind.schema.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Each, EveryReporter, testing::ValuesIn(all_names()),
                         [](const auto& info) { return info.param; });

// Those that the scripted client sees; the tests of the others look at their own wire.
class EveryHttpReporter : public EveryReporter {};

std::vector<std::string> http_names() {
  std::vector<std::string> names = all_names();
  std::erase_if(names, [](const std::string& name) {
    const auto sample = samples().find(name);
    return sample != samples().end() && !sample->second.sends_http;
  });
  return names;
}

INSTANTIATE_TEST_SUITE_P(Each, EveryHttpReporter, testing::ValuesIn(http_names()),
                         [](const auto& info) { return info.param; });

// What people and the ledger see.
std::vector<std::string> shown(const Delivery& delivery) {
  return {delivery.key, delivery.lane, delivery.status, delivery.target, delivery.summary, delivery.note};
}

TEST_P(EveryReporter, KeysAreStableAndTellDeliveriesApart) {
  const auto first = deliveries_of(plain_orders());
  reporter_ = make();  // as after a restart
  const auto second = deliveries_of(plain_orders());
  ASSERT_EQ(first.size(), second.size());
  std::set<std::string> keys;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].key, second[i].key);
    EXPECT_EQ(first[i].payload, second[i].payload) << "the payload is the same at every attempt";
    EXPECT_FALSE(first[i].lane.empty());
    EXPECT_FALSE(first[i].target.empty());
    EXPECT_FALSE(first[i].summary.empty());
    EXPECT_TRUE(keys.insert(first[i].key).second) << first[i].key;
  }
}

TEST_P(EveryReporter, TheStatesOfOneThingAreRanked) {
  std::map<std::string, std::int64_t> last;
  // None: GerritStatusPush, whose summaries are of buildsets.
  for (const Delivery& delivery : deliveries_if_any(
           {test::order_of(reportable(-1)), test::order_of(reportable(5)), test::order_of(reportable(0))})) {
    if (delivery.status.empty() || delivery.skip) continue;
    const auto [at, is_new] = last.try_emplace(delivery.status, delivery.rank);
    if (!is_new) {
      EXPECT_GT(delivery.rank, at->second) << delivery.key;
    }
    at->second = delivery.rank;
  }
}

TEST_P(EveryReporter, NoSecretAnywhere) {
  for (const Delivery& delivery : deliveries_of(plain_orders())) {
    for (const std::string& one : shown(delivery))
      EXPECT_THAT(one, Not(HasSubstr(secret)));
    EXPECT_THAT(delivery.payload, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(reporter_->account(), Not(HasSubstr(secret)));
}

TEST_P(EveryReporter, NastyTextStaysInItsPlace) {
  for (const Delivery& delivery : deliveries_of(nasty_orders(3000))) {
    for (const std::string& one : shown(delivery)) {
      EXPECT_EQ(one.find_first_of(std::string_view("\r\n\0", 3)), std::string::npos) << one;
      EXPECT_EQ(one, valid_utf8(one));
    }
    EXPECT_LT(delivery.target.size() + delivery.summary.size(), 20000U);
  }
}

// Those that post texts where a mention would call people.
class EveryTalkingReporter : public EveryReporter {};
INSTANTIATE_TEST_SUITE_P(Each, EveryTalkingReporter,
                         testing::Values("BitbucketServerPRCommentPush", "GerritStatusPush",
                                         "ZulipStatusPush", "SlackStatusPush", "IRC", "TelegramBot"),
                         [](const auto& info) { return info.param; });

TEST_P(EveryTalkingReporter, WhatABuildBringsAlongCallsNobody) {
  std::vector<reporter::Details> orders = plain_orders();  // each reporter talks about some of them
  for (reporter::Details& details : orders) {
    for (std::size_t i = 0; i < details.builds.size(); ++i) {
      json::object& build = details.builds.edit(i);
      build.at("builder").as_object()["name"] = "@everyone";
      build["state_string"] = "<!channel> @everyone";
    }
  }
  for (const Delivery& delivery : deliveries_of(orders)) {
    if (delivery.skip) continue;
    const std::string content = reporter_->show(delivery).content;
    EXPECT_THAT(content, HasSubstr("@\u200beveryone"));
    EXPECT_THAT(content, Not(HasSubstr("@everyone")));
    EXPECT_THAT(content, Not(HasSubstr("<!channel>")));
  }
}

TEST_P(EveryReporter, BrokenDataIsReportedOrLeftOutButNeverThrows) {
  for (const reporter::Details& details : broken_orders()) {
    std::vector<Delivery> made;
    EXPECT_NO_THROW(made = compose(*reporter_, details));
    for (const Delivery& delivery : made) {
      EXPECT_FALSE(delivery.key.empty());
      if (delivery.skip) {
        EXPECT_FALSE(delivery.note.empty()) << "the ledger says why";
      }
    }
  }
}

TEST_P(EveryReporter, ShowsNoSecretAndAlwaysSomething) {
  for (const std::vector<reporter::Details>& orders : {plain_orders(), nasty_orders(3000)}) {
    for (const Delivery& delivery : deliveries_of(orders)) {
      if (delivery.skip) continue;
      const reporter::Shown shown = reporter_->show(delivery);
      EXPECT_FALSE(shown.content.empty()) << delivery.key;
      EXPECT_THAT(shown.how + shown.content, Not(HasSubstr(secret)));
      EXPECT_EQ(shown.how.find_first_of(std::string_view("\r\n\0", 3)), std::string::npos) << shown.how;
    }
  }
}

std::size_t characters(std::string_view body) {
  return static_cast<std::size_t>(
      std::ranges::count_if(body, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

TEST_P(EveryHttpReporter, RequestsAreWellFormedAndBounded) {
  for (const Delivery& delivery : deliveries_of(nasty_orders(1'000'000))) {
    clock_.advance(10'000);  // chats take a message a second
    if (!delivery.skip) send(*reporter_, delivery);
  }
  ASSERT_FALSE(http_.requests.empty());
  for (const http::Request& request : http_.requests) {
    EXPECT_EQ(request.url.find_first_of(std::string_view("\r\n\t \0<>\"{}\\", 11)), std::string::npos)
        << request.url;
    for (const auto& [name, value] : request.headers)
      EXPECT_EQ(value.find_first_of(std::string_view("\r\n\0", 3)), std::string::npos) << name;
    EXPECT_EQ(request.body, valid_utf8(request.body));
    if (GetParam() == "HttpStatusPush") continue;  // the whole build is what it is there for
    EXPECT_LT(characters(request.body), 300'000U);
    if (GetParam() == "SlackStatusPush" || GetParam() == "TelegramBot") continue;  // their URL has it
    EXPECT_THAT(request.url, Not(HasSubstr(secret)));
  }
}

// What is between the method and the query of a request, without the parts that only the service knows.
std::string shown_path(std::string_view url) {
  url = url.substr(0, url.find('?'));
  return std::string(url.substr(0, url.find("/projects/")));
}

bool is_within(const json::value& part, const json::value& whole) {
  if (!part.is_object() || !whole.is_object()) return part == whole;
  return std::ranges::all_of(part.get_object(), [&](const auto& member) {
    const json::value* other = whole.get_object().if_contains(member.key());
    return other != nullptr && is_within(member.value(), *other);
  });
}

TEST_P(EveryHttpReporter, ShowsWhatItSends) {
  // Answers to what some ask first.
  const auto answer = [](const http::Request& request) {
    http::Response response;
    response.status = request.method == "GET" ? 200 : 201;
    const bool a_list = request.url.find("verifications") != std::string::npos;
    response.body = a_list && request.method == "GET"
                        ? ")]}'\n{}"
                        : R"({"id": 17, "access_token": "t", "expires_in": 60, "status": 1, "ok": true})";
    return response;
  };
  for (const Delivery& delivery :
       deliveries_of({test::order_of(reportable(-1)), test::order_of(reportable(2))})) {
    if (delivery.skip) continue;
    clock_.advance(10'000);
    http_.requests.clear();
    http_.otherwise = answer;
    send(*reporter_, delivery);
    ASSERT_FALSE(http_.requests.empty());
    const http::Request& sent = http_.requests.back();
    const reporter::Shown shown = reporter_->show(delivery);
    const std::string how = sent.method + " " + sent.url;
    if (GetParam() == "SlackStatusPush" || GetParam() == "TelegramBot") {  // the rest of it is secret
      EXPECT_EQ(shown.how.substr(0, 20), how.substr(0, 20));
    } else {
      EXPECT_EQ(shown_path(shown.how), shown_path(how));
    }
    if (shown.form != reporter::Shown::Form::json || sent.body.empty() || sent.body.front() != '{') continue;
    EXPECT_TRUE(is_within(json::parse(shown.content), json::parse(sent.body))) << shown.content << "\n"
                                                                               << sent.body;
  }
}

TEST_P(EveryHttpReporter, WhatIsNoAnswerIsTriedAgain) {
  const auto deliveries = deliveries_of({test::order_of(reportable(2))});
  for (const int status : {42, 101, 301, 302, 307, 407}) {
    http_.otherwise = [status](const http::Request&) {
      http::Response response;
      response.status = status;
      response.headers = {{"location", "https://elsewhere/maintenance"}};
      return response;
    };
    for (const Delivery& delivery : deliveries) {
      if (delivery.skip) continue;
      clock_.advance(10'000);
      const auto outcome = send(*make(), delivery);
      ASSERT_FALSE(outcome) << status;
      EXPECT_EQ(outcome.error().kind, Failure::Kind::unreachable) << outcome.error().what;
      if (status / 100 == 3) EXPECT_THAT(outcome.error().what, HasSubstr("https://elsewhere/maintenance"));
    }
  }
}

// HttpStatusPush takes any answer: whom it posts to has no language of its own.
TEST_P(EveryHttpReporter, ALoginPageIsNoSuccess) {
  if (GetParam() == "HttpStatusPush") return;
  const auto deliveries = deliveries_of({test::order_of(reportable(2))});
  http_.otherwise = [](const http::Request&) {
    http::Response page;
    page.status = 200;
    page.headers = {{"content-type", "text/html; charset=utf-8"}};
    page.body = "<!DOCTYPE html><html><title>Sign in</title></html>";
    return page;
  };
  for (const Delivery& delivery : deliveries) {
    if (delivery.skip) continue;
    clock_.advance(10'000);
    const auto outcome = send(*make(), delivery);
    ASSERT_FALSE(outcome) << outcome->answer;
    EXPECT_EQ(outcome.error().kind, Failure::Kind::unreachable) << outcome.error().what;
  }
}

TEST_P(EveryHttpReporter, NoAnswerLeaksASecretOrThrows) {
  const auto deliveries = deliveries_of({test::order_of(reportable(-1)), test::order_of(reportable(2))});
  const std::vector<std::string> bodies = {
      "", "nonsense", "[]", "{}", "null", R"({"message": 7})", nasty_text(100'000)};
  for (const Delivery& delivery : deliveries) {
    for (const int status : {200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 503}) {
      for (const std::string& body : bodies) {
        // Fresh: what an answer taught it (a token) does not count.
        const auto fresh = make();
        http_.answers.clear();
        for (int i = 0; i < 20; ++i)
          http_.answer(status, body);
        for (const bool maybe_sent : {false, true}) {
          clock_.advance(10'000);  // a 429 of before is over
          Delivery again = delivery;
          again.maybe_sent = maybe_sent;
          Result<Receipt> outcome = rejected("");
          EXPECT_NO_THROW(outcome = send(*fresh, again));
          const std::string told = outcome ? outcome->answer : outcome.error().what;
          EXPECT_THAT(told, Not(HasSubstr(secret)));
          EXPECT_EQ(told.find_first_of(std::string_view("\r\n\0", 3)), std::string::npos) << told;
          if (status >= 500 && !maybe_sent) {
            ASSERT_FALSE(outcome);
            EXPECT_NE(outcome.error().kind, Failure::Kind::rejected) << told;
          }
          if (status == 429 && !maybe_sent) {
            ASSERT_FALSE(outcome);
            EXPECT_EQ(outcome.error().kind, Failure::Kind::throttled) << told;
          }
        }
      }
    }
    http_.answers = {unreachable("POST http://h/: timed out"), unreachable("x"), unreachable("y")};
    const auto outcome = send(*make(), delivery);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Failure::Kind::unreachable);
  }
}

}  // namespace
}  // namespace carillon::server
