// One reporter as the courier sees it: its lanes, its account, its silence.
#pragma once

#include <algorithm>
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

// After a pause of an account it is gentle for so long.
inline constexpr Millis gentle_time = 60'000;

// What the reporters of one account at one service share: its rate limit.
struct Account {
  Millis paused_until = 0;
  // After a pause, for a while: one delivery at a time, no faster than the service likes.
  Millis gentle_until = 0;
  // While gentle.
  Millis next_send = 0;
  // In a row, of attempts that were not under way together.
  int refusals = 0;
};

struct ReporterQueue {
  explicit ReporterQueue(const asio::any_io_executor& io) : timer(io) {}

  std::string name;
  ReporterMetrics* metrics = nullptr;
  // null: not in the running configuration.
  std::shared_ptr<reporter::Reporter> reporter;
  std::shared_ptr<Account> account = std::make_shared<Account>();
  Lanes<RowId> lanes;
  asio::steady_timer timer;
  std::size_t in_flight = 0;
  // Of those: the target has taken it, and the store is still to note it.
  std::size_t settling = 0;
  // Of those in flight: with files.
  std::size_t long_in_flight = 0;
  // Busy lanes whose first one has files and waits for its turn.
  std::deque<std::string> long_waiting;
  // A person holds it up until then.
  Millis held_until = 0;
  // While the target is silent: nothing before.
  Millis probe_at = 0;
  // Attempts in a row that the target did not answer.
  int silent_streak = 0;
  // The first one of them, and what the last one came to.
  Millis silent_since = 0;
  std::string silent_answer;
  // How often it was probed since (bounded); 0: not silent.
  int probes = 0;

  // Nothing is sent before.
  Millis rests_until() const { return std::max({probe_at, held_until, account->paused_until}); }
};

}  // namespace carillon::pipeline
