// What hooks lost is found by looking at the CI's API again and again.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>
#include <string>

#include "source/hook/receiver.hpp"
#include "source/link_state.hpp"

namespace carillon::source::hook {

class CatchUp {
 public:
  // The references outlive it.
  CatchUp(std::string source, std::shared_ptr<Api> api, std::shared_ptr<Receiver> receiver,
          const Environment& environment, std::chrono::seconds every, bool has_hooks)
      : source_(std::move(source)),
        api_(std::move(api)),
        receiver_(std::move(receiver)),
        environment_(environment),
        every_(every),
        has_hooks_(has_hooks),
        timer_(environment.executor) {}

  // Looks at once, then each `every`, until cancelled.
  asio::awaitable<void> run(Sink& sink);
  // One look. Failure: the API's or the sink's; the same is looked for again then.
  Task<void> look_once(Sink& sink);
  // A delivery was lost: it looks half a minute later.
  void gap();

  const LinkState& link() const { return link_; }

 private:
  // How long to wait before the next look.
  asio::awaitable<std::chrono::seconds> look(Sink& sink);
  Task<void> load(Sink& sink);
  Task<void> round(Sink& sink);
  Task<void> look_at_open(std::vector<Run>& found, const std::set<std::string>& listed, std::int64_t now);
  void say(std::set<std::string> remarks);
  json::value cursor(std::int64_t since) const;

  std::string source_;
  std::shared_ptr<Api> api_;
  std::shared_ptr<Receiver> receiver_;
  Environment environment_;
  std::chrono::seconds every_;
  bool has_hooks_;
  asio::steady_timer timer_;
  LinkState link_;
  bool loaded_ = false;
  // Whether what the look saw is on disk.
  bool kept_ = false;
  // Seconds; 0: this is the first time that the source is seen.
  std::int64_t since_ = 0;
  // What ended before was never ours to report.
  std::int64_t first_ = 0;
  // Remarks of the API's that were told.
  std::set<std::string> said_;
  // Runs that were gone when they were looked at, and since when.
  std::map<std::string, std::int64_t> gone_;
};

}  // namespace carillon::source::hook
