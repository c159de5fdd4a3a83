// One reporter as the courier sees it: its lanes, its account, its silence.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/lanes.hpp"
#include "model/notification.hpp"
#include "pipeline/metrics.hpp"
#include "reporter/reporter.hpp"

namespace carillon::pipeline {

// What the reporters of one account at one service share: its rate limit.
struct Account {
  Millis paused_until = 0;
  // After a pause, for a while: one delivery at a time, no faster than the service likes.
  Millis gentle_until = 0;
  Millis next_send = 0;  // while gentle
  int refusals = 0;      // in a row, of attempts that were not under way together
};

struct ReporterQueue {
  explicit ReporterQueue(const asio::any_io_executor& io) : timer(io) {}

  std::string name;
  ReporterMetrics* metrics = nullptr;
  std::shared_ptr<reporter::Reporter> reporter;  // null: not in the running configuration
  std::shared_ptr<Account> account = std::make_shared<Account>();
  Lanes<RowId> lanes;
  asio::steady_timer timer;
  std::size_t in_flight = 0;
  std::size_t long_in_flight = 0;        // of those: with files
  std::deque<std::string> long_waiting;  // busy lanes whose first one has files and waits for its turn
  Millis probe_at = 0;                   // while the target is silent: nothing before
  int silent_streak = 0;                 // attempts in a row that the target did not answer
  int probes = 0;                        // how often it was probed since (bounded); 0: not silent
};

}  // namespace carillon::pipeline
