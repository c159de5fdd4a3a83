// Forgets what is old, or too much, a little at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "store/upkeep.hpp"

namespace carillon::pipeline {

// How much of the past is kept; nullopt: all of it.
struct HistoryLimits {
  // Since it was settled or heard of.
  std::optional<Millis> max_age;
  // Bytes of the database in use.
  std::optional<std::int64_t> max_size;
  friend bool operator==(const HistoryLimits&, const HistoryLimits&) = default;
};

// What is younger than this is kept however large the database is, so that an event that comes again is
// known.
inline constexpr Millis youngest_forgotten = Millis{3600} * 1000;

class Janitor {
 public:
  // The references outlive the janitor.
  Janitor(store::Upkeep& store, const Clock& clock, const Log& log, metrics::Registry& registry);

  void set_limits(HistoryLimits limits);

  // Looks after the history every few minutes, and soon after the limits have changed. Each step keeps the
  // store's thread for a few milliseconds, and most of the time it is left to others. Runs until cancelled.
  asio::awaitable<void> run();

  // One look. Failure: what the store said; the next look goes on.
  Task<void> tidy();

 private:
  Janitor(store::Upkeep& store, const Clock& clock, const Log& log,
          metrics::Family<metrics::Counter>& forgotten);
  struct Forgotten {
    std::size_t deliveries = 0, events = 0;
    store::FileSize size;
  };
  // Forgets what is older than `before`, until no more than `enough` bytes are in use.
  Task<Forgotten> forget(Millis before, std::optional<std::int64_t> enough);
  Task<void> shrink(store::FileSize size);
  asio::awaitable<void> rest(std::chrono::microseconds took);
  void tell(const Forgotten& forgotten, std::string_view why);

  store::Upkeep& store_;
  const Clock& clock_;
  const Log& log_;
  metrics::Counter& deliveries_;
  metrics::Counter& events_;
  HistoryLimits limits_;
  // Rows of a step, by how long the last ones took.
  std::size_t limit_ = 50;
  bool changed_ = false;
  // Said already.
  bool over_size_ = false;
};

}  // namespace carillon::pipeline
