// What the rules of a roster say of an event, with what they compare it with.
#pragma once

#include "pipeline/history.hpp"
#include "pipeline/roster.hpp"
#include "pipeline/silences.hpp"
#include "store/journal.hpp"

namespace carillon::pipeline {

// Whether any reporter has one report for a whole buildset.
bool summarizes(const Roster& roster);

class Decider {
 public:
  // The store outlives it, and so do the silences; null: they are not asked (carillon replay: a person wants
  // it reported).
  Decider(store::Journal& store, FindSource find_source, const Silences* silences = nullptr);

  // One decision for each entry, in order. It is made in stages, each of which may only take back what those
  // before it want: whether anybody is told (Event::untold), what the rule of the entry wants, and whether a
  // silence holds it back. `facts`: of builds and requests. Failure: the store's.
  Task<std::vector<ReporterDecision>> decide(const Roster& roster, const Event& event, EventKind kind,
                                             const BuildFacts& facts);

  // Why nobody is to be told of the end of a build: a later try of its number has ended. "": people are told.
  // Failure: the store's.
  Task<std::string> outdated(const Event& event, const BuildFacts& facts);

  // As History::finished.
  void finished(const std::string& master, const BuildFacts& build);

 private:
  Task<std::optional<Results>> previous(const Event& event, const BuildFacts& facts, rule::Previous scope);
  Task<std::vector<ReporterDecision>> by_rules(const Roster& roster, const Event& event, EventKind kind,
                                               const BuildFacts& facts);
  Task<std::vector<ReporterDecision>> decide_buildset(const Roster& roster, const Event& event);

  store::Journal& store_;
  FindSource find_source_;
  const Silences* silences_;
  History history_;
};

}  // namespace carillon::pipeline
