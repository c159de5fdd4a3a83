// Jobs that hooks told of before the run that they belong to has ended. Kept over a restart.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/gate.hpp"
#include "base/task.hpp"
#include "source/hook/run.hpp"
#include "store/key_value.hpp"

namespace carillon::source::hook {

class JobMemory {
 public:
  // source: its name. memory: null where nothing is kept.
  JobMemory(std::string source, std::function<store::KeyValue*()> memory);

  // Of one job the last word counts: an end stays. Failure: the store's.
  Task<void> keep(const JobOfRun& job, Millis now);
  // In the order they began; at most 500.
  Task<std::vector<Job>> of(const std::string& run);
  // Forgets jobs of which nothing was heard for two days.
  Task<void> tidy(Millis now);

 private:
  std::string owner_;
  // One word after the other: an end that comes beside its start would be lost.
  Gate turns_{1};
  std::function<store::KeyValue*()> memory_;
};

}  // namespace carillon::source::hook
