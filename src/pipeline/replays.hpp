// Replays that people began in the running server: one at a time, counted first, block by block. What is
// ordered is kept with how far it has come: whoever ends the server in the middle loses nothing, and nothing
// of it is silent.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "pipeline/replay_walk.hpp"
#include "pipeline/roster.hpp"
#include "store/key_value.hpp"

namespace carillon::pipeline {

// To be used on the io_context thread.
class Replays {
 public:
  // Outlives it, and so does what the functions use.
  struct Around {
    asio::any_io_executor io;
    store::Journal& journal;
    store::KeyValue& memory;
    const Clock& clock;
    const Log& log;
    FindSource find_source;
    WithLedger ledger;
    // Of now.
    std::function<RosterPtr()> roster;
    // The store was changed beside the server: it reads it at once.
    std::function<asio::awaitable<void>()> changed;
  };
  explicit Replays(Around around) : around_(std::move(around)) {}

  // Reads those of before; what was under way is `interrupted`, which the audit log tells. Until it has
  // ended, none can begin. Ends some time after stop().
  asio::awaitable<void> load();

  // Whoever does it: who, from where, and why. The other members are filled in.
  using By = store::Deed;

  // Counts; at_once: and orders, for which a reason is needed. Its number. Failure (rejected): what is wrong
  // with the wish; (throttled): another one is under way; else the store's.
  Task<std::int64_t> begin(ReplayWish wish, bool at_once, By by);
  // Orders what was counted, or goes on with what was stopped, interrupted or failed. Failure (rejected):
  // there is no such one, no reason, or it cannot; else as above.
  Task<void> go(std::int64_t id, By by);
  // Ends it after the block that is under way, and waits for that. Failure (rejected): it is not under way.
  Task<void> end(std::int64_t id, By by);

  // The newest first; those that were kept.
  std::vector<ReplayJob> all() const;
  std::optional<ReplayJob> find(std::int64_t id) const;
  // Changes with them.
  std::uint64_t changes() const { return changes_; }

  // The server ends: the next one tells.
  void stop() { stopping_ = true; }

 private:
  struct Job : ReplayJob {
    // By whose rules it was counted: it is to be ordered as it was shown.
    std::weak_ptr<const Roster> counted_by;
  };

  Task<void> read_kept();
  void spawn(std::shared_ptr<Job> job, By by);
  asio::awaitable<void> run(std::shared_ptr<Job> job, By by);
  // The state in which it ends; of one that is to end before that: the present one.
  Task<ReplayState> run_to_its_end(Job& job, const By& by);
  Task<void> start(Job& job, const By& by);
  asio::awaitable<void> finish(Job& job, const By& by, const Result<ReplayState>& done);
  asio::awaitable<void> wait_for_room(Job& job, ReplayPace& pace);
  Task<bool> step(Job& job, Task<bool> (ReplayWalk::*what)(ReplayJob&));
  Result<void> plan_by_rules_of_now(const Job& job);
  Task<void> keep(const ReplayJob& job);
  asio::awaitable<void> forget_old();
  Task<void> note(By by, std::string what, std::string about);
  std::shared_ptr<Job> of(std::int64_t id) const;
  // Why none can begin now; ok: one can.
  Result<void> is_free() const;
  bool is_to_end() const { return stopping_ || ended_by_; }

  Around around_;
  // By their numbers.
  std::vector<std::shared_ptr<Job>> jobs_;
  bool loaded_ = false;
  bool stopping_ = false;
  // One begins, or goes on, and is not under way yet.
  bool beginning_ = false;
  // Of the one that is under way, and whose rules it has.
  std::unique_ptr<Replay> planner_;
  RosterPtr planned_by_;
  // Whoever ends it.
  std::optional<By> ended_by_;
  std::uint64_t changes_ = 0;
};

}  // namespace carillon::pipeline
