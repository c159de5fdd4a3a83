// The source itself: routes for pings, and a look at the clock for those that do not come.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/gate.hpp"
#include "source/environment.hpp"
#include "source/hook/receiver.hpp"
#include "source/ping/checks.hpp"
#include "source/source.hpp"

namespace carillon::source::ping {

// What is known of the checks is the source's cursor: it is stored in the transaction of the builds that it
// leads to, so that no number is used twice and nothing is told twice.
class PingSource final : public Source, public std::enable_shared_from_this<PingSource> {
 public:
  // Throws ConfigError when there is no web server. where: for that.
  PingSource(Settings settings, const Environment& environment, const std::string& where);

  const std::string& name() const override { return settings_.shape.source; }
  const std::string& url() const override { return environment_.default_url; }
  Queries* queries() override { return queries_.get(); }
  std::vector<Endpoint> endpoints(Sink& sink) override;
  std::vector<std::string> setup(const std::string& base) const override;
  std::optional<Millis> heard_at() const override { return heard_at_; }
  std::optional<Refused> refused() const override { return receiver_->refused(); }
  asio::awaitable<void> run(Sink& sink) override;

  // Tells of those that are late by now. Failure: the store's; nothing was told, and it is to be tried again.
  Task<void> look(Sink& sink);

 private:
  web::Route route(Sink& sink);
  asio::awaitable<web::Response> answer(web::Request request, Sink& sink);
  asio::awaitable<web::Response> take(const Signal& signal, const web::Request& request, Sink& sink);
  Task<void> load(Sink& sink);
  Task<void> keep_log(const Signal& signal, std::string_view text);
  // What was kept of the run that ends, and the text, as its log.
  Task<void> add_log(hook::Run& run, std::string_view text);
  // Whether it is one too many; else it counts.
  bool too_many(const std::string& slug, Millis now);
  web::Response refuse(const web::Request& request, int status, const std::string& why,
                       const std::string& slug);
  web::Response count(web::Response response, const char* outcome);
  // How long until the next look.
  std::chrono::milliseconds pause() const;

  Settings settings_;
  Environment environment_;
  std::shared_ptr<hook::Receiver> receiver_;
  std::unique_ptr<Queries> queries_;
  Checks checks_;
  bool loaded_ = false;
  // Whoever changes what is known of the checks.
  Gate gate_{1};
  // When pings of a check came within the last minute.
  std::map<std::string, std::deque<Millis>> recent_;
  std::optional<Millis> heard_at_;
};

}  // namespace carillon::source::ping
