// Numbers for builds of CIs that have none. Kept over a restart.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/gate.hpp"
#include "base/task.hpp"
#include "store/key_value.hpp"

namespace carillon::source::hook {

class Counter {
 public:
  // source: its name. memory: null where nothing is kept.
  Counter(std::string source, std::function<store::KeyValue*()> memory);

  // The number of the run; of one that has none yet the builder's next, from 1 on. 1 where nothing is kept.
  // Failure: the store's.
  Task<std::int64_t> number_of(std::string builder, std::string run, Millis now);
  // Forgets the numbers of runs that began more than a month ago; builders go on counting.
  Task<void> tidy(Millis now);

 private:
  std::string owner_;
  std::function<store::KeyValue*()> memory_;
  Gate gate_{1};
};

}  // namespace carillon::source::hook
