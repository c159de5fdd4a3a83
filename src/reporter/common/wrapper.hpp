// A reporter around another one: what it does not override goes through.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reporter/reporter.hpp"

namespace carillon::reporter {

class Wrapping : public Reporter {
 public:
  // inner: not null.
  explicit Wrapping(std::shared_ptr<Reporter> inner) : inner_(std::move(inner)) {}

  Needs needs() const override { return inner_->needs(); }
  Task<std::vector<Delivery>> compose(const Details& details) override { return inner_->compose(details); }
  Task<Receipt> send(const Delivery& delivery) override { return inner_->send(delivery); }
  Shown show(const Delivery& delivery) const override { return inner_->show(delivery); }
  bool tells_programs() const override { return inner_->tells_programs(); }
  bool sums_up() const override { return inner_->sums_up(); }
  std::vector<std::string> told_by(const Delivery& delivery) const override {
    return inner_->told_by(delivery);
  }
  Delivery only_for(Delivery delivery, const std::vector<std::string>& told) const override {
    return inner_->only_for(std::move(delivery), told);
  }
  std::size_t concurrency() const override { return inner_->concurrency(); }
  std::string account() const override { return inner_->account(); }
  void when_back(std::function<void()> back) override { inner_->when_back(std::move(back)); }
  bool overdue(const Delivery& delivery, Millis created, Millis now) const override {
    return inner_->overdue(delivery, created, now);
  }
  std::optional<Delivery> digest(const std::vector<Delivery>& deliveries) const override {
    return inner_->digest(deliveries);
  }
  Millis longest_pause() const override { return inner_->longest_pause(); }
  Millis give_up_after() const override { return inner_->give_up_after(); }

 protected:
  Reporter& inner() const { return *inner_; }

 private:
  std::shared_ptr<Reporter> inner_;
};

}  // namespace carillon::reporter
