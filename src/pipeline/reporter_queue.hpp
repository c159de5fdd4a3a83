// The queues of one reporter: which lane may send next, and when. No I/O, no clock of its own.
#pragma once

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "pipeline/metrics.hpp"
#include "reporter/reporter.hpp"
#include "store/store.hpp"

namespace carillon::pipeline {

// Rows in order. Most lanes hold one: a deque would be a hundred times as large.
class Rows {
 public:
  void push_back(RowId row) { rows_.push_back(row); }
  void pop_front() {
    ++gone_;
    if (gone_ * 2 < rows_.size()) return;
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(gone_));
    gone_ = 0;
  }
  RowId front() const { return rows_[gone_]; }
  bool empty() const { return gone_ == rows_.size(); }
  // The first ones, at most so many.
  std::vector<RowId> first(std::size_t most) const {
    const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(gone_);
    return {begin, begin + static_cast<std::ptrdiff_t>(std::min(most, rows_.size() - gone_))};
  }

 private:
  std::vector<RowId> rows_;
  std::size_t gone_ = 0;  // at the front
};

// Deliveries are known by their row. Every lane is in one of four states: empty (forgotten), ready, resting
// (until a time) or busy (its first delivery is under way).
class Queues {
 public:
  // Appends to its lane; it may be sent at next_at. A row that is there already only becomes due earlier.
  void add(const std::string& lane, RowId row, Millis next_at, Millis now);

  // The next lane that may send, now busy; nullopt when none is due.
  std::optional<std::string> next(Millis now);
  RowId first(const std::string& lane) const;

  // The first deliveries of a lane, in order, at most so many.
  std::vector<RowId> first(const std::string& lane, std::size_t most) const;

  // The first deliveries of a busy lane are settled: they leave.
  void settled(const std::string& lane, std::size_t count = 1);
  // It stays and is due at next_at. silent: because the target did not answer.
  void postponed(const std::string& lane, Millis next_at, bool silent, Millis now);

  // The target answers again: lanes that rest because of its silence are ready.
  void target_is_back();

  // The clock was put back: resting lanes are due earlier by as much.
  void put_back(Millis by);

  // When the first resting lane is due.
  std::optional<Millis> wake_at() const;

  std::size_t waiting() const { return rows_.size(); }
  // The one that was composed first; found at once, however many there are.
  std::optional<RowId> oldest() const;

 private:
  struct Lane {
    Rows rows;
    bool busy = false;
    bool silent = false;
    Millis rest_until = 0;  // 0: ready
  };
  void make_ready(const std::string& name, Lane& lane);
  void rest(const std::string& name, Lane& lane, Millis until);
  void unrest(const std::string& name, Lane& lane);

  std::unordered_map<std::string, Lane> lanes_;
  std::set<RowId> rows_;  // every row in a lane; the smallest was composed first
  std::deque<std::string> ready_;
  std::multimap<Millis, std::string> resting_;
};

// What the reporters of one account at one service share: its rate limit.
struct Account {
  Millis paused_until = 0;
  // After a pause, for a while: one delivery at a time, no faster than the service likes.
  Millis gentle_until = 0;
  Millis next_send = 0;  // while gentle
  int refusals = 0;      // in a row, of attempts that were not under way together
};

// A reporter as the courier sees it.
struct ReporterQueue {
  explicit ReporterQueue(const asio::any_io_executor& io) : timer(io) {}

  std::string name;
  ReporterMetrics* metrics = nullptr;
  std::shared_ptr<reporter::Reporter> reporter;  // null: not in the running configuration
  std::shared_ptr<Account> account = std::make_shared<Account>();
  Queues queues;
  asio::steady_timer timer;
  std::size_t in_flight = 0;
  std::size_t long_in_flight = 0;        // of those: with files
  std::deque<std::string> long_waiting;  // busy lanes whose first one has files and waits for its turn
  Millis probe_at = 0;                   // while the target is silent: nothing before
  int silent_streak = 0;                 // attempts in a row that the target did not answer
  int probes = 0;                        // how often it was probed since (bounded); 0: not silent
};

}  // namespace carillon::pipeline
