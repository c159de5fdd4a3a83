// What the rules of a roster say of an event, with what they compare it with.
#pragma once

#include "pipeline/history.hpp"
#include "pipeline/roster.hpp"
#include "store/journal.hpp"

namespace carillon::pipeline {

// Whether any reporter has one report for a whole buildset.
bool summarizes(const Roster& roster);

class Decider {
 public:
  // The store outlives it.
  Decider(store::Journal& store, FindSource find_source);

  // One decision for each entry, in order; of an event that is `untold` nobody reports anything. `facts`: of
  // builds and requests. Failure: the store's.
  Task<std::vector<ReporterDecision>> decide(const Roster& roster, const Event& event, EventKind kind,
                                             const BuildFacts& facts);

  // As History::finished.
  void finished(const std::string& master, const BuildFacts& build);

 private:
  Task<std::optional<Results>> previous(const Event& event, const BuildFacts& facts, rule::Previous scope);
  Task<std::vector<ReporterDecision>> decide_buildset(const Roster& roster, const Event& event);

  store::Journal& store_;
  FindSource find_source_;
  History history_;
};

}  // namespace carillon::pipeline
