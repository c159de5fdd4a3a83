// Whether the server's threads respond.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace carillon::store {
class Store;
}
namespace carillon::script {
class Script;
}

namespace carillon::app {

class ServiceManager;

// Asks the store's thread every second, watches the Python thread, and tells the service manager while both
// respond. Whoever can ask it has seen that the io thread does.
class Pulse {
 public:
  // The references outlive it.
  Pulse(asio::any_io_executor io, store::Store& store, const script::Script& script, ServiceManager& manager,
        const Clock& clock)
      : io_(std::move(io)), store_(store), script_(script), manager_(manager), clock_(clock) {}

  asio::awaitable<void> run();  // until cancelled

  // By part ("store", "python"): what is wrong. Empty: all respond.
  std::map<std::string, std::string> troubles() const;

  // By how much the io thread was late lately, at worst: reading it begins anew.
  std::chrono::duration<double> worst_lag() { return std::exchange(lag_, std::chrono::duration<double>(0)); }

 private:
  asio::awaitable<void> ask_store();

  asio::any_io_executor io_;
  store::Store& store_;
  const script::Script& script_;
  ServiceManager& manager_;
  const Clock& clock_;
  std::optional<std::chrono::steady_clock::time_point> asked_;  // while there is no answer
  std::chrono::duration<double> lag_{0};
};

}  // namespace carillon::app
