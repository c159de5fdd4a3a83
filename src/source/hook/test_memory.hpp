// Tests that were posted before the run that they belong to has ended. Kept over a restart.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "base/gate.hpp"
#include "base/task.hpp"
#include "source/hook/run.hpp"
#include "store/key_value.hpp"

namespace carillon::source::hook {

// Where the store has what came after the run's end was told: {"reports", "tests", "failed"}. run: Run::id.
std::string late_tests_key(const std::string& run);

class TestMemory {
 public:
  // source: its name. memory: null where nothing is kept.
  TestMemory(std::string source, std::function<store::KeyValue*()> memory);

  // One report of the run's; run: Run::id. of: tells reports apart. Yields whether it is new. Failure: the
  // store's; rejected: the run has as many as it may have.
  Task<bool> keep(const std::string& run, const std::string& of, const Tests& tests, Millis now);
  // That a report came after the run's end was told, for people. Failure: the store's.
  Task<void> came_late(const std::string& run, const Tests& tests, Millis now);
  // All reports of the run together; nullopt: there is none.
  Task<std::optional<Tests>> of(const std::string& run);
  // Forgets those of the run: an end was told with them.
  Task<void> forget(const std::string& run, Millis now);
  // Forgets what was posted more than two days ago.
  Task<void> tidy(Millis now);

 private:
  // Those that have reports. The store is asked once: most runs have none.
  Task<void> know_runs(store::KeyValue& memory);

  std::string owner_;
  std::optional<std::set<std::string>> runs_;
  // One report after the other.
  Gate turns_{1};
  std::function<store::KeyValue*()> memory_;
};

}  // namespace carillon::source::hook
