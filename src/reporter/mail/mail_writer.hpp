// Words the mail of a report. Internal to mail.cpp.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "reporter/common/summary.hpp"
#include "reporter/environment.hpp"
#include "reporter/mail/mail_settings.hpp"
#include "reporter/mail/mime.hpp"
#include "reporter/reporter.hpp"

namespace carillon::reporter::mail {

// One report's way to a delivery. The settings, the environment and the report outlive it.
class Writer {
 public:
  Writer(const Settings& settings, const Environment& env, const Details& details)
      : settings_(settings), env_(env), order_(details) {}

  Task<std::vector<Delivery>> builds();
  Task<std::vector<Delivery>> worker();

 private:
  asio::awaitable<std::vector<std::string>> users_of(const json::object& build);
  // One of what the user's method gave.
  void add_user(std::vector<std::string>& users, const json::value& one);
  // What the report of a generator says of them; null: nothing.
  const json::array* reported_users() const;
  // Words one build and appends it to the body.
  asio::awaitable<void> add_build(const json::object& build);
  // own: is_own_text().
  void append(const message::Message& message, bool own = false);
  void finish_body();
  Task<std::vector<Address>> interested_addresses();
  asio::awaitable<void> add_extra_headers(const json::object* build);
  asio::awaitable<std::string> rendered(const settings::Value& value, const json::object* build,
                                        bool& usable);
  void attach();
  // Where the mail belongs.
  struct Place {
    // Of the builder; "whole buildset"; empty for a worker.
    std::string name;
    std::string lane;
    // What the mails of one thread are about.
    std::string thread;
    std::string summary;
  };
  asio::awaitable<std::vector<Delivery>> deliver(const Recipients& recipients,
                                                 const std::vector<Address>& interested, Place place);
  // Lets the user's class change the mail; what fails leaves it as it is, with a note.
  asio::awaitable<void> rewrite(Composed& composed, std::vector<std::string>& addresses,
                                const std::vector<Address>& interested, const std::string& name);
  void note(const std::string& text);
  // Likewise, and it is why somebody is not told.
  void note_missing(const std::string& text);
  // The delivery that says why there is nobody; none where the configuration's code might know somebody.
  std::vector<Delivery> nobody(std::string summary) const;

  const Settings& settings_;
  const Environment& env_;
  const Details& order_;
  Letter letter_;
  // Of the body, so far.
  JoinedText text_;
  std::set<std::string> users_;
  std::vector<std::string> notes_;
  // Why somebody is not told.
  std::vector<std::string> missing_;
};

}  // namespace carillon::reporter::mail
