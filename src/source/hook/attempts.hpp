// Counts the ends of runs that end several times under one id. Kept over a restart.
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

class Attempts {
 public:
  // source: its name. memory: null where nothing is kept, and nothing is counted.
  Attempts(std::string source, std::function<store::KeyValue*()> memory);

  // Of a run that has ended and whose occurrence is a moment (digits): which attempt it is, and, from the
  // second on, when that was begun, as far as its jobs say so. Any other stays as it is. False: a later end
  // of it is known, so this one is to be left out. Failure: the store's; the run is as it was.
  Task<bool> count(Run& run, Millis now);
  // Forgets runs that have not ended for a year.
  Task<void> tidy(Millis now);

 private:
  std::string owner_;
  // One count after the other.
  Gate turns_{1};
  std::function<store::KeyValue*()> memory_;
};

// The same among the occurrences that are known, in order, which it joins. Pure.
bool join(Run& run, std::vector<std::string>& known);

}  // namespace carillon::source::hook
