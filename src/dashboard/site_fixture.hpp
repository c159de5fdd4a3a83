// A dashboard without a server: a store, a site, and somebody who asks.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "dashboard/pages.hpp"
#include "fakes/clock.hpp"
#include "fakes/run.hpp"
#include "store/open.hpp"
#include "store/store_fixture.hpp"

namespace carillon::dashboard {

// Everybody is who the test says.
class KnownCaller final : public access::Access {
 public:
  access::Caller known{access::Role::admin, "alice", "127.0.0.1", true, "form-token"};

  access::Caller caller(const web::Head& /*head*/) override { return known; }
  std::optional<std::string> forged(const access::Caller& caller, const web::Head& /*head*/,
                                    std::string_view token) const override {
    if (token.empty() || token == caller.form_token) return std::nullopt;
    return "the form is not ours";
  }
  access::Login login() const override { return access::Login::form; }
  std::string hint(access::Role /*needed*/) const override { return {}; }
  bool privacy = false;
  bool is_private() const override { return privacy; }
  std::optional<std::chrono::seconds> waits;
  std::optional<std::chrono::seconds> too_often(const access::Caller& caller) override {
    return caller.who.empty() ? waits : std::nullopt;
  }
};

// What a reader says at its time limit.
class TookTooLong final : public store::Error {
 public:
  TookTooLong() : store::Error("database: the question takes too long") {}
  bool took_too_long() const override { return true; }
};

class SiteTest : public store::StoreCalls {
 protected:
  SiteTest() {
    store_ = store::open_store(io_.get_executor(), path_);
    routes_ = site_.serve(router_, pages(world_));
  }
  ~SiteTest() override { store_->close(); }

  using Headers = std::map<std::string, std::string, std::less<>>;
  // method: "GET" or "POST"; body: a form, or JSON where it begins so and no header says otherwise.
  static web::Request request(const std::string& method, const std::string& target,
                              const std::string& body = {}, Headers headers = {}) {
    web::Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
    request.content_type = body.starts_with("{") ? "application/json" : "application/x-www-form-urlencoded";
    if (const auto type = headers.find("content-type"); type != headers.end())
      request.content_type = type->second;
    request.headers = std::move(headers);
    request.body = body;
    return request;
  }
  web::Response ask(const std::string& method, const std::string& target, const std::string& body = {},
                    Headers headers = {}) {
    web::Request asked = request(method, target, body, std::move(headers));
    web::Router::Found found = router_.find(asked);
    if (found.answer) return *found.answer;
    if (found.route->refuse) {
      if (auto refused = found.route->refuse(asked)) return *refused;
    }
    return test::run(io_, found.route->handler(std::move(asked)));
  }
  web::Response get(const std::string& target) { return ask("GET", target); }
  json::value api(const std::string& target, int status = 200) {
    const web::Response response = get("/api/v1/" + target);
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  static std::string header(const web::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
  // As the courier would say it.
  std::vector<store::Ledger::Queue> queues() {
    store::LedgerFilter filter;
    filter.state = DeliveryState::waiting;
    std::map<std::string, store::Ledger::Queue> found;
    for (const store::LedgerRow& row : store::open_ledger(path_)->deliveries(filter)) {
      store::Ledger::Queue& queue = found[row.reporter];
      queue.reporter = row.reporter;
      ++queue.waiting;
      queue.oldest = std::min(queue.oldest.value_or(row.id), row.id);
    }
    std::vector<store::Ledger::Queue> all;
    for (auto& [name, queue] : found)
      all.push_back(std::move(queue));
    return all;
  }
  // A build that ended so, with one delivery to "t" that waits; its number.
  RowId heard(int number, Results results = Results::failure) {
    std::vector<store::NewEvent> events;
    events.push_back(store::wanted(store::build_event(number, results), "mail"));
    const Notification notification = accept(std::move(events)).front().notifications.front();
    return compose(notification, {store::delivery("key" + std::to_string(number))}).front().id;
  }

  // The same of another builder, without a delivery.
  void heard_of(const std::string& builder, int number) {
    store::NewEvent made = store::wanted(store::build_event(number, Results::failure), "mail");
    Event named = *made.event;
    named.body["builder"] = json::object{{"name", builder}};
    made.facts = facts_of(named.body);
    named.text = std::make_shared<const ObjectText>(named.body);
    made.event = std::make_shared<const Event>(std::move(named));
    std::vector<store::NewEvent> events;
    events.push_back(std::move(made));
    accept(std::move(events));
  }

  test::FakeClock clock_;
  KnownCaller access_;
  Site site_{"Carillon", Links("/bell/"), access_};
  // From the first question on, or the beginning: every question does.
  bool fails_ = false;
  bool takes_too_long_ = false;
  Archive archive_{io_.get_executor(), [this] {
                     if (takes_too_long_) throw TookTooLong();
                     if (fails_) throw store::Error("the disk is full");
                     return store::open_ledger(path_);
                   }};
  web::Router router_;
  int looked_ = 0;
  view::ServerStatus status_{1'764'400'000'000, "carillon 0.1.0", {}, {}};
  std::vector<ReporterFacts> reporters_{{"mail", false, {"ends of mode failing"}}};
  // Tests that were sent, and what happens meanwhile.
  int tests_ = 0;
  std::function<asio::awaitable<void>()> while_tested_;
  json::object tested_{{"outcomes", json::array()}};
  int reloads_ = 0;
  json::object reloaded_{{"warnings", json::array()}};
  // What a reporter is said to send; the last event that was asked about.
  json::object request_{{"how", "POST https://h/x"}, {"form", "json"}, {"content", R"({"a":1})"},
                        {"json", {{"a", 1}}},        {"size", 7},      {"cut", false}};
  Result<json::object> preview_ = json::object{{"decision", "report"}, {"reason", "mode failing"}};
  std::string previewed_;
  json::object configuration_{{"file", "/etc/carillon.cfg"}, {"reload", nullptr}};
  World world_{
      .site = site_,
      .archive = archive_,
      .clock = clock_,
      .server = [this] { return status_; },
      .reporters = [this] { return reporters_; },
      .queues = [this] { return queues(); },
      .changed = [this]() -> asio::awaitable<void> {
        ++looked_;
        co_return;
      },
      .test_send = [this](std::string) -> asio::awaitable<json::object> {
        ++tests_;
        if (while_tested_) co_await while_tested_();
        co_return tested_;
      },
      .reload = [this]() -> asio::awaitable<json::object> {
        ++reloads_;
        co_return reloaded_;
      },
      .feeds = [] { return FeedFacts(); },
      .views = {[this](const std::string& /*reporter*/, const Delivery& /*delivery*/) { return request_; },
                [this](std::string /*reporter*/, Event event,
                       RowId /*row*/) -> asio::awaitable<Result<json::object>> {
                  previewed_ = event.key;
                  co_return preview_;
                },
                [this] { return configuration_; }},
      .metrics = []() -> asio::awaitable<std::string> { co_return "up 1\n"; },
  };
  std::vector<std::shared_ptr<void>> routes_;
};

}  // namespace carillon::dashboard
