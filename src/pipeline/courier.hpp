// The way out: sends what is due, lane by lane, and settles what came of it.
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.hpp"
#include "pipeline/reporter_queue.hpp"
#include "pipeline/roster.hpp"
#include "pipeline/seen_time.hpp"
#include "pipeline/verdict.hpp"
#include "store/store.hpp"

namespace carillon::pipeline {

// Keeps the order within a lane, one attempt at a time; different lanes and different reporters go side by
// side. A delivery leaves its lane only when its end is durable. A target that does not answer is probed with
// one delivery at a time, and slows no other. At most a few deliveries with files (long
// logs) run at once per reporter; the others overtake them.
class Courier {
 public:
  // All references outlive the courier.
  Courier(asio::any_io_executor io, store::Store& store, const Clock& clock, const Log& log, Metrics& metrics,
          std::uint64_t seed);
  ~Courier();

  // Deliveries of reporters that the roster does not have wait in the store.
  void set_roster(const RosterPtr& roster);

  // Sends what the feed yields, and takes what it says of changes. changed: called when another process
  // changed something. Ends when the store is closed.
  asio::awaitable<void> run(std::function<void()> changed = {});
  // Whether what waited at the start is read.
  bool caught_up() const { return caught_up_; }

  // follow_clock() every half second, until cancelled.
  asio::awaitable<void> watch_clock();
  // Looks at the clock: when it was put forward, what is due now is sent, and nothing is given up earlier for
  // it; when it was put back, nothing rests longer than it would have, and pauses in the store are told.
  // watch_clock() calls it.
  asio::awaitable<void> follow_clock();

  // Starts nothing new; returns when nothing is under way any more, or after the grace time.
  asio::awaitable<void> stop(std::chrono::milliseconds grace);

  std::size_t in_flight() const;
  std::size_t waiting(const std::string& reporter) const;

  // Of each reporter that ever had something to send, for whoever watches.
  struct Queue {
    std::string reporter;
    // What is under way included.
    std::size_t waiting = 0;
    std::size_t in_flight = 0;
    // Of those waiting.
    std::optional<RowId> oldest;
    Millis paused_until = 0;
    // The target does not answer: since when, and what the last attempt came to.
    bool silent = false;
    Millis silent_since = 0;
    std::string silent_answer;
  };
  std::vector<Queue> queues() const;

 private:
  using DeliveryPtr = std::shared_ptr<const Delivery>;
  struct Fresh {
    DeliveryPtr delivery;
    Millis created = 0;
    Millis heard = 0;
  };
  struct Loaded {
    DeliveryPtr delivery;
    // As in the store, with the marks of refused parts.
    std::vector<std::string> settled;
    int attempts = 0;
    Millis created = 0;
    // Of the event.
    Millis heard = 0;
  };

  ReporterQueue& queue_of(const std::string& reporter);
  void join_accounts();
  Task<void> take(store::DeliveryWork work);
  Task<void> read_pauses();
  void forget_fresh(const store::DeliveryWork& work);
  void put_back(Millis by);
  Task<void> read_seen_time();
  asio::awaitable<void> keep_seen_time(Millis now);
  // A lane that may send its first delivery now.
  struct Turn {
    std::string lane;
    // Counted in long_in_flight.
    bool with_files = false;
    // Counted in settling.
    bool settling = false;
  };
  std::optional<Turn> next_turn(ReporterQueue& queue, Millis now);
  void pump(ReporterQueue& queue);
  void arm(ReporterQueue& queue);
  asio::awaitable<void> attempt(ReporterQueue& queue, Turn turn,
                                std::shared_ptr<reporter::Reporter> reporter);
  // false: the delivery has files and must wait for others that have; the turn is over.
  bool may_send(ReporterQueue& queue, Turn& turn, const Delivery& delivery);
  void leave(ReporterQueue& queue, const Turn& turn);
  // The target has it: its place there is another one's now.
  void leave_target(ReporterQueue& queue, Turn& turn);
  // How many may be in flight where `limit` may be at the target.
  std::size_t most_in_flight(std::size_t limit) const;
  Task<std::optional<Loaded>> load(ReporterQueue& queue, RowId id);
  // Unless there is no room: then it is read back.
  void keep_fresh(RowId id, Fresh fresh);
  // What is sent in the place of the first deliveries of a lane.
  struct Digest {
    Delivery delivery;
    // Of the others, in order; the first one is the caller's.
    std::vector<RowId> rows;
    // Theirs; a row that was dropped meanwhile has no attempt to settle.
    std::vector<Loaded> loaded;
    std::vector<bool> gone;
  };
  // nullopt: the reporter has none, nothing waited long enough, or they cannot be read now.
  asio::awaitable<std::optional<Digest>> digest(ReporterQueue& queue, const std::string& lane_name,
                                                const reporter::Reporter& reporter, const Loaded& first);
  asio::awaitable<std::size_t> settle_others(ReporterQueue& queue, const Digest& digest,
                                             const Verdict& verdict);
  asio::awaitable<Result<Receipt>> send_once(reporter::Reporter& reporter, const Delivery& delivery,
                                             ReporterMetrics& metrics);
  Result<Receipt> redacted(Result<Receipt> outcome) const;
  asio::awaitable<void> settle(ReporterQueue& queue, RowId id, const Verdict& verdict, const Loaded& work);
  // For backoff(): between half of it and all.
  double half_jitter();
  asio::awaitable<void> pause(ReporterQueue& queue, const Verdict& verdict);
  // Those of the store. Returned are the ones that are too long, as they are now.
  std::vector<store::Pause> take_pauses(std::vector<store::Pause> pauses, Millis now);
  // settled: how many of the lane's first deliveries ended.
  // The target answers again: what rests because of its silence is due.
  void target_is_back(ReporterQueue& queue);
  void conclude(ReporterQueue& queue, const Turn& turn, const Verdict& verdict, std::size_t settled);

  asio::any_io_executor io_;
  store::Store& store_;
  const Clock& clock_;
  const Log& log_;
  Metrics& metrics_;
  std::mt19937_64 random_;
  // By reporter; never removed.
  std::unordered_map<std::string, std::unique_ptr<ReporterQueue>> queues_;
  // By Reporter::account().
  std::unordered_map<std::string, std::shared_ptr<Account>> accounts_;
  // Composed lately: need not be read back.
  std::unordered_map<RowId, Fresh> fresh_;
  std::size_t fresh_bytes_ = 0;
  // Once it is read.
  std::optional<SeenTime> seen_time_;
  Millis seen_time_kept_ = 0;
  // So much the clock of whoever served before was ahead of this one; 0 from when the pauses are read.
  Millis was_ahead_ = 0;
  // What the clock showed at the last follow_clock(); 0: none yet.
  Millis last_seen_ = 0;
  bool caught_up_ = false;
  // Before, nothing is sent: a reload may come while they are read.
  bool pauses_known_ = false;
  // Something was not begun, as another process may act in the place of this one (Store::may_act).
  bool held_ = false;
  bool stopping_ = false;
};

}  // namespace carillon::pipeline
