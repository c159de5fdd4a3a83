// The words by which CIs say how a run, a job or a step is going. One table for all of them. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "model/results.hpp"

namespace carillon::source::hook {

// How far something has come.
enum class Phase {
  waits,  // for a worker, an approval, a date
  runs,
  ended,
};

struct State {
  Phase phase = Phase::waits;
  // Of what has ended.
  Results results = Results::success;

  friend bool operator==(const State&, const State&) = default;
};

// In any letters, with blanks, '-' or '_' between words. nullopt: no CI is known to say so.
std::optional<State> state_of(std::string_view word);

// The same of something that has ended: what is no result of it, or not known, is an exception.
Results results_of(std::string_view word);

}  // namespace carillon::source::hook
