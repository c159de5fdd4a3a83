// What the Python thread works on: told by that thread, read by the watchdog and the metrics.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace carillon::script {

// Safe for threads. The Python thread calls begin(), end() and the setters, others read.
class Activity {
 public:
  using Clock = std::chrono::steady_clock;

  // One moment, in which all values belong together.
  struct Moment {
    // Changes with every piece of work; odd: working, even: waiting.
    std::uint64_t turn = 0;
    Clock::time_point now{};
    // How long the piece of work under way takes so far; zero while waiting.
    std::chrono::nanoseconds piece{};
    // All pieces of work so far, with that one.
    std::chrono::nanoseconds worked{};
    // The long ones of them, with that one: meanwhile others could not go on, so it does not count for their
    // time limits.
    std::chrono::nanoseconds held{};
    // Whose work it is; 0: not known.
    std::uint64_t request = 0;
    // That request loads a file.
    bool loads = false;

    bool busy() const { return turn % 2 != 0; }
  };
  Moment moment() const;

  // Whether the piece of work of that moment is still under way.
  bool still_at(const Moment& moment) const;

  // A piece of work begins; one under way has ended. request: whose it is.
  void begin(std::uint64_t request);
  // The piece of work under way, if any, has ended.
  void end();
  // The thread is gone: nothing is under way.
  void leave();

  // The pieces that ended, for the Python thread itself.
  std::chrono::nanoseconds held() const;

  // The request that was taken last; loads: it is to load a file.
  void take(std::uint64_t request, bool loads);

  // How long a piece is for held(). Set before the thread starts.
  void set_long_piece(std::chrono::nanoseconds length) { long_piece_ = length; }

  // An interruption may be on its way.
  std::atomic<bool> interrupted{false};

 private:
  void end(Clock::time_point now);

  mutable std::mutex mutex_;
  std::uint64_t turn_ = 0;
  Clock::time_point since_{};
  std::chrono::nanoseconds worked_{};
  std::chrono::nanoseconds held_{};
  std::uint64_t request_ = 0;
  std::uint64_t loading_ = 0;
  std::chrono::nanoseconds long_piece_ = std::chrono::seconds(1);
};

}  // namespace carillon::script
