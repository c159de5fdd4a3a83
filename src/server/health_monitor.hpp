// Whether the server's threads respond.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/task.hpp"

namespace carillon::store {
class Store;
}
namespace carillon::script {
class Script;
}

namespace carillon::server {

class ServiceManager;

// By how much the io thread was late in each of the last beats. Reading it changes nothing: several may ask.
class Lateness {
 public:
  using Seconds = std::chrono::duration<double>;
  static constexpr std::size_t beats = 60;

  void add(Seconds late);
  // 0 before the first.
  Seconds worst() const;

 private:
  // The oldest is overwritten.
  std::array<Seconds, beats> late_{};
  std::size_t next_ = 0;
};

// Asks the store's thread every second, watches the Python thread, and tells the service manager while both
// respond. Whoever can ask it has seen that the io thread does. What hinders the store from writing is
// logged, also while there is nothing to write.
class HealthMonitor {
 public:
  // The references outlive it.
  HealthMonitor(asio::any_io_executor io, store::Store& store, const script::Script& script,
                ServiceManager& manager, const Clock& clock, const Log& log)
      : io_(std::move(io)), store_(store), script_(script), manager_(manager), clock_(clock), log_(log) {}

  // Until cancelled.
  asio::awaitable<void> run();

  // By part ("store", "python"): what is wrong. Empty: all respond.
  std::map<std::string, std::string> troubles() const;

  // Of the last minute.
  const Lateness& lateness() const { return lateness_; }

 private:
  asio::awaitable<void> ask_store();
  void tell_trouble();

  asio::any_io_executor io_;
  store::Store& store_;
  const script::Script& script_;
  ServiceManager& manager_;
  const Clock& clock_;
  const Log& log_;
  // While there is no answer.
  std::optional<std::chrono::steady_clock::time_point> asked_;
  Lateness lateness_;
  // Of the store's trouble; empty: none.
  std::string told_;
  std::chrono::steady_clock::time_point told_at_;
};

}  // namespace carillon::server
