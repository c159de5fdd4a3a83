// Over what is to be reported again, block by block: one way for `carillon replay` and for the dashboard.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/replay_job.hpp"
#include "pipeline/replay.hpp"

namespace carillon::pipeline {

// work(ledger) where the ledger may be used: at once, or on a thread of its own. Failure: what the ledger
// threw.
struct WithLedger {
  using Work = std::function<void(store::Ledger&)>;
  // For questions.
  std::function<Task<void>(Work)> ask;
  // For changes: one transaction, of which nothing is done where it fails.
  std::function<Task<void>(Work)> change;
};

// Of a database that may be read and written on this very thread. The ledger outlives it.
WithLedger on_this_thread(store::Ledger& ledger);

// What a wish means now: `since`, `until` and `range` of the job. Failure (rejected): "since: 'noon' is not a
// time ...", "builder: there is no builder 'x' (there are: ...)". Throws store::Error.
Result<void> understand(ReplayJob& job, store::Ledger& ledger, Millis now);

// The reporters that are meant; empty: all that can report again. What people subscribed to is about what
// happens now. Failure (rejected): "reporter: ...".
Result<Roster> reporters_of(const Roster& roster, const std::string& reporter);

// Whether there is room for more notifications: memory stays flat, and what is heard meanwhile is not held
// up. What is not worded for long (its source is away) lies there safely: a few more may then lie with it.
class ReplayPace {
 public:
  // Between two looks.
  static constexpr std::chrono::milliseconds look{50};

  // open: not worded yet, of all. Whether there is room now; else the caller looks again.
  bool has_room(std::size_t open);

 private:
  std::optional<std::size_t> there_before_;
  std::size_t least_ = 0;
  std::chrono::milliseconds waited_{0};
};

class ReplayWalk {
 public:
  // Both outlive it.
  ReplayWalk(const WithLedger& ledger, Replay& planner) : ledger_(ledger), planner_(planner) {}

  // The next block of those after `at`, which moves on. False: there is none left. Failure: the ledger's or
  // the planner's; the same block comes again then.
  Task<bool> count(ReplayJob& job);
  // Likewise: and orders it. In one transaction; of a block that comes again nothing is sent twice, as its
  // deliveries have the keys of before.
  Task<bool> order(ReplayJob& job);

 private:
  // What is to be known of an event once it is planned.
  struct Seen {
    RowId row = 0;
    EventKind kind = EventKind::other;
    std::vector<std::string> open;
  };
  struct Block {
    // By their rows.
    std::vector<Seen> seen;
    std::vector<store::ReplayedEvent> planned;
  };
  static void add_to(ReplayCount& count, const Seen& seen, const store::ReplayedEvent& planned,
                     const std::vector<store::LedgerRow>& deliveries);
  Task<Block> next(const ReplayJob& job);

  const WithLedger& ledger_;
  Replay& planner_;
};

}  // namespace carillon::pipeline
