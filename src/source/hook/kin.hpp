// Jobs and tests that are told of apart from the run that they belong to. Kept over a restart.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "model/event.hpp"
#include "source/hook/run.hpp"
#include "store/key_value.hpp"

namespace carillon::source::hook {

// How long the end of a job waits for its run.
inline constexpr Millis waits_for_run = Millis{10} * 60 * 1000;

// Failures of all functions: the store's.
class Kin {
 public:
  // source: its name. memory: null where nothing is kept; then nothing is known.
  Kin(std::string source, std::function<store::KeyValue*()> memory);

  // That there is such a run, and that it is the one under way in its chain, until it has ended. An end that
  // does not say when it began or was asked for gets that from what was heard before. run: outlives the call.
  Task<void> note(Run& run, Millis now);
  // Run::id; empty: none is under way there.
  Task<std::string> run_of_chain(std::string chain);
  Task<bool> knows(std::string run);

  // Tests of a run, or of a job of it. The same ones again change nothing.
  Task<void> keep_tests(std::string of, std::vector<TestOfRun> tests, Millis now);
  // Of all of them together; nullopt: there are none.
  Task<std::optional<Tests>> tests_of(std::vector<std::string> of);

  // The end of a job as a build of its own, in case that its run does not come.
  Task<void> keep_alone(std::string run, Event event, Millis now);
  struct Alone {
    std::string key;
    // Its source is not set. nullopt: the run has come.
    std::optional<Event> event;
  };
  // Those that need not wait any longer.
  Task<std::vector<Alone>> alone(Millis now);
  Task<void> forget_alone(std::string key, Millis now);

  // Forgets what nothing was heard of for two days.
  Task<void> tidy(Millis now);

 private:
  store::KeyValue* memory() const { return memory_ ? memory_() : nullptr; }

  std::string owner_;
  std::function<store::KeyValue*()> memory_;
};

}  // namespace carillon::source::hook
