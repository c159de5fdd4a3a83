// Words the mail of an order. Internal to mail.cpp.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "reporter/environment.hpp"
#include "reporter/mail/mail_settings.hpp"
#include "reporter/mail/mime.hpp"
#include "reporter/reporter.hpp"

namespace carillon::reporter::mail {

// One order's way to a delivery. The settings, the environment and the order outlive it.
class Writer {
 public:
  Writer(const Settings& settings, const Environment& env, const Order& order)
      : settings_(settings), env_(env), order_(order) {}

  Task<std::vector<Delivery>> builds();
  Task<std::vector<Delivery>> worker();

 private:
  asio::awaitable<std::vector<std::string>> users_of(const json::object& build);
  // Words one build and appends it to the body.
  asio::awaitable<void> add_build(const json::object& build, std::string_view name);
  void append(const message::Message& message);
  void finish_body();
  Task<std::vector<Address>> interested_addresses();
  asio::awaitable<void> add_extra_headers(const json::object* build);
  asio::awaitable<std::string> rendered(const settings::Value& value, const json::object* build,
                                        bool& usable);
  void attach();
  std::string fallback_subject(std::string_view name) const;
  std::vector<Delivery> deliver(const Recipients& recipients, const std::string& thread, std::string summary);
  void note(const std::string& text);

  const Settings& settings_;
  const Environment& env_;
  const Order& order_;
  Letter letter_;
  bool worded_ = false;
  std::set<std::string> users_;
  std::vector<std::string> notes_;
};

}  // namespace carillon::reporter::mail
