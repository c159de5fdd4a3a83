// The reporters that stay connected: started, kept over a reload, and stopped.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <list>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "chat/connected_reporter.hpp"
#include "pipeline/roster.hpp"

namespace carillon::server {

class BotRunner {
 public:
  // The references outlive it.
  BotRunner(asio::any_io_executor io, const Log& log) : io_(std::move(io)), log_(log) {}

  // A new configuration: connected reporters that are configured as before, or drain, stay, in the roster
  // too; others are stopped, and new ones started. One that takes the place of another (its name) begins when
  // that one has ended, so that two never talk at once.
  void apply(pipeline::Roster& roster);

  // Cancels all; resumes when they have ended, or after the grace time.
  asio::awaitable<void> stop(std::chrono::milliseconds grace);

 private:
  struct Running {
    std::string name;
    std::string fingerprint;
    std::shared_ptr<chat::ConnectedReporter> reporter;
    asio::cancellation_signal cancel;
    bool ended = false;
  };
  using RunningPtr = std::shared_ptr<Running>;

  void start(const pipeline::RosterEntry& entry, RunningPtr before);
  static asio::awaitable<void> run(RunningPtr self, RunningPtr before);

  asio::any_io_executor io_;
  const Log& log_;
  std::list<RunningPtr> running_;
};

}  // namespace carillon::server
