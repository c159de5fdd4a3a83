// A scripted reporter.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "reporter/reporter.hpp"

namespace carillon::test {

// Words one delivery per order ("r:" + event id, lane = builder) and answers as scripted; then "ok" for ever.
class FakeReporter final : public reporter::Reporter {
 public:
  std::deque<Result<Receipt>> answers;
  std::vector<Delivery> sent;
  // Before a composed delivery is returned.
  std::function<void(Delivery&)> change;
  // E.g. to hang.
  std::function<asio::awaitable<void>()> before_answer;
  // Likewise.
  std::function<asio::awaitable<void>(const Delivery&)> before_sending;
  // compose() fails for now.
  std::function<bool(const reporter::Details&)> cannot;
  // Likewise.
  std::function<asio::awaitable<void>(const reporter::Details&)> before_wording;
  reporter::Needs needed;
  std::size_t parallel = 8;
  std::string account_name;
  // Of tells_programs() and sums_up().
  bool programs = false;
  bool sums = false;
  // Of told_by(); none: the target. only_for() makes them the target.
  std::vector<std::string> told;
  // Of overdue(); a digest's payload is all of theirs with "+" between.
  std::optional<Millis> after;
  std::size_t under_way = 0;
  std::size_t most_under_way = 0;
  std::vector<reporter::Details> notifications;

  reporter::Needs needs() const override { return needed; }
  Task<std::vector<Delivery>> compose(const reporter::Details& details) override {
    notifications.push_back(details);
    if (before_wording) co_await before_wording(details);
    if (cannot && cannot(details)) co_return unreachable("not now");
    Delivery delivery;
    delivery.key = "r:" + details.event_id;
    if (!details.builds.empty()) delivery.lane = facts_of(details.builds.front()).builder;
    delivery.target = "target";
    delivery.summary = "summary";
    delivery.payload = details.event_id;
    if (change) change(delivery);
    std::vector<Delivery> deliveries;
    deliveries.push_back(std::move(delivery));
    co_return deliveries;
  }
  Task<Receipt> send(const Delivery& delivery) override {
    ++under_way;
    most_under_way = std::max(most_under_way, under_way);
    if (before_sending) co_await before_sending(delivery);
    if (before_answer) co_await before_answer();
    --under_way;
    sent.push_back(delivery);
    if (answers.empty()) {
      Receipt receipt;
      receipt.answer = "ok";
      co_return receipt;
    }
    Result<Receipt> answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }
  bool tells_programs() const override { return programs; }
  bool sums_up() const override { return sums; }
  std::vector<std::string> told_by(const Delivery& delivery) const override {
    return told.empty() ? Reporter::told_by(delivery) : told;
  }
  Delivery only_for(Delivery delivery, const std::vector<std::string>& some) const override {
    delivery.target.clear();
    for (const std::string& one : some)
      delivery.target += (delivery.target.empty() ? "" : ", ") + one;
    return delivery;
  }
  std::function<void()> back;
  void when_back(std::function<void()> given) override { back = std::move(given); }
  std::size_t concurrency() const override { return parallel; }
  std::string account() const override { return account_name; }
  bool overdue(const Delivery&, Millis created, Millis now) const override {
    return after && now - created >= *after;
  }
  std::optional<Delivery> digest(const std::vector<Delivery>& deliveries) const override {
    Delivery one = deliveries.front();
    for (std::size_t i = 1; i < deliveries.size(); ++i)
      one.payload += "+" + deliveries[i].payload;
    return one;
  }

  std::vector<std::string> sent_keys() const {
    std::vector<std::string> keys;
    for (const Delivery& delivery : sent)
      keys.push_back(delivery.key);
    return keys;
  }
};

}  // namespace carillon::test
