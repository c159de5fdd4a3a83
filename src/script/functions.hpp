// What the Python side calls: the bridge as Python functions.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "script/bridge.hpp"
#include "script/python.hpp"

namespace carillon::script {

// What the Python thread works on, for the watchdog.
struct Activity {
  std::atomic<std::uint64_t> turn{0};    // changes with every piece of work; odd: working, even: waiting
  std::atomic<std::int64_t> since{0};    // steady clock, nanoseconds
  std::atomic<std::int64_t> worked{0};   // nanoseconds of work so far, that piece not counted
  std::atomic<bool> interrupted{false};  // an interruption may be on its way
};

// Everything that the functions reach. Outlives the Python thread.
struct Endpoint {
  std::shared_ptr<Bridge> bridge;
  Activity activity;
};

// {"take": ..., "finish": ..., ...}, see python/runtime.py. The functions keep the endpoint.
Ref make_functions(std::shared_ptr<Endpoint> endpoint);

}  // namespace carillon::script
