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
  std::atomic<std::uint64_t> turn{0};     // changes with every piece of work; odd: working, even: waiting
  std::atomic<std::int64_t> since{0};     // steady clock, nanoseconds
  std::atomic<std::int64_t> worked{0};    // nanoseconds of work so far, that piece not counted
  std::atomic<bool> interrupted{false};   // an interruption may be on its way
  std::atomic<std::uint64_t> request{0};  // whose work it is; 0: not known
  std::atomic<std::uint64_t> loading{0};  // the request taken last, where it is to load a file; else 0
  // Pieces of work that were long, summed up, nanoseconds: meanwhile others could not go on, so it does not
  // count for their time limits.
  std::atomic<std::int64_t> held{0};
  std::int64_t long_piece = 1'000'000'000;  // nanoseconds; set before the thread starts
};

// Everything that the functions reach. Outlives the Python thread.
struct Endpoint {
  std::shared_ptr<Bridge> bridge;
  Activity activity;
};

// {"take": ..., "finish": ..., ...}, see python/runtime.py. The functions keep the endpoint.
Ref make_functions(std::shared_ptr<Endpoint> endpoint);

}  // namespace carillon::script
