// The Python thread and its watchdog.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "script/activity.hpp"
#include "script/functions.hpp"

namespace carillon::script {

// Runs python/runtime.py's loop from start() until the bridge's stop request. The watchdog interrupts what
// takes longer than the limit, again and again if need be; and when even that does not help (native code), it
// rejects the request whose work it is: all others wait, their time does not run meanwhile. It also rejects
// what Python has taken and never answers.
class PythonThread {
 public:
  // Throws std::runtime_error.
  static std::unique_ptr<PythonThread> start(std::shared_ptr<Bridge> bridge, const Options& options);

  // To be called after Bridge::stop(). Waits a second for the thread, then leaves it behind.
  ~PythonThread();
  // Any thread.
  const Activity& activity() const { return shared_->endpoint->activity; }

  PythonThread(const PythonThread&) = delete;
  PythonThread& operator=(const PythonThread&) = delete;

 private:
  using Duration = std::chrono::nanoseconds;
  struct Shared {
    Shared(std::shared_ptr<Endpoint> endpoint, const Options& options)
        : endpoint(std::move(endpoint)), limit(options.time_limit), load_limit(options.load_limit) {}
    std::shared_ptr<Endpoint> endpoint;
    std::chrono::milliseconds limit;
    std::chrono::milliseconds load_limit;
    // Python's.
    unsigned long thread_id = 0;
    // The last interruption; the interrupter's own.
    std::uint64_t interrupted_turn = 0;
    Activity::Clock::time_point interrupted_at{};
    std::mutex mutex;
    std::condition_variable changed;
    // The loop has ended.
    bool over = false;
    // The watchdog may go.
    bool stopping = false;
  };

  explicit PythonThread(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  static void serve(const std::shared_ptr<Shared>& shared);
  // By how much the piece of work of that moment takes longer than its limit; not positive: it does not.
  static Duration over(const Shared& shared, const Activity::Moment& moment);
  static void watch(const std::shared_ptr<Shared>& shared, void (*look)(Shared&));
  static void give_up(Shared& shared);
  static void interrupt(Shared& shared);

  std::shared_ptr<Shared> shared_;
  std::thread python_;
  // Needs the interpreter lock, which native code may keep.
  std::thread interrupter_;
  // Never takes it.
  std::thread watchdog_;
};

}  // namespace carillon::script
