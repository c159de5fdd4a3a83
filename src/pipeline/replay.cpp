#include "pipeline/replay.hpp"

#include <algorithm>
#include <iterator>

#include "model/sender.hpp"

namespace carillon::pipeline {
namespace {

using Outcome = Decision::Outcome;

// Those that the store does not have so.
std::vector<ReporterDecision> changed(const std::vector<ReporterDecision>& decisions,
                                      const std::vector<ReporterDecision>& known) {
  std::vector<ReporterDecision> all;
  for (const ReporterDecision& decision : decisions) {
    const auto at = std::ranges::find(known, decision.reporter, &ReporterDecision::reporter);
    if (at == known.end() || at->decision.outcome != decision.decision.outcome) all.push_back(decision);
  }
  return all;
}

store::ReplayedEvent replayed(RowId row, const std::vector<ReporterDecision>& decisions,
                              const std::vector<ReporterDecision>& known) {
  store::ReplayedEvent made;
  made.row = row;
  made.decisions = changed(decisions, known);
  for (const ReporterDecision& decision : decisions) {
    if (decision.decision.outcome == Outcome::report) made.reporters.push_back(decision.reporter);
  }
  return made;
}

bool is_worker(EventKind kind) {
  return kind == EventKind::worker_missing || kind == EventKind::worker_back;
}

}  // namespace

Replay::Replay(store::Journal& store, Roster roster, FindSource find_source, std::string builder)
    : store_(store),
      roster_(std::move(roster)),
      decider_(store, std::move(find_source)),
      builder_(std::move(builder)) {
  std::ranges::copy_if(roster_.entries, std::back_inserter(summarizing_.entries),
                       [](const RosterEntry& entry) { return entry.rule.build_set_summary; });
}

Task<std::vector<store::ReplayedEvent>> Replay::plan(store::LedgerEvent event) {
  std::vector<store::ReplayedEvent> made;
  const EventKind kind = kind_of(event.event.key);
  if (kind == EventKind::other || kind == EventKind::silence_over) co_return made;
  if (is_worker(kind) && !builder_.empty()) co_return made;
  if (!event.event.untold.empty()) co_return made;
  if (kind == EventKind::buildset_complete) co_return co_await plan_buildset(event);
  const BuildFacts facts = is_worker(kind) ? BuildFacts() : facts_of(event.event.body);
  if (!builder_.empty() && facts.builder != builder_) co_return made;
  auto decisions = co_await decider_.decide(roster_, event.event, kind, facts);
  if (!decisions) co_return failed(decisions);
  made.push_back(replayed(event.row, *decisions, event.decisions));
  co_return made;
}

// The summary counts what is decided of its builds now. They may have been heard of before the time that is
// replayed, or when the reporter was not there yet.
Task<std::vector<store::ReplayedEvent>> Replay::plan_buildset(const store::LedgerEvent& event) {
  std::vector<store::ReplayedEvent> made;
  const auto bsid = integer_at(event.event.body, "bsid");
  if (summarizing_.entries.empty() || !bsid) co_return made;
  auto builds = co_await store_.buildset(event.event.source, *bsid, event.event.occurrence);
  if (!builds) co_return failed(builds);
  bool concerned = builder_.empty();
  std::vector<std::size_t> wanted(summarizing_.entries.size());
  for (const store::BuildsetBuild& build : *builds) {
    if (!may_be_of(build.event, event.event)) continue;
    const BuildFacts facts = facts_of(build.event.body);
    concerned = concerned || facts.builder == builder_;
    auto decisions = co_await decider_.decide(summarizing_, build.event, EventKind::build_finished, facts);
    if (!decisions) co_return failed(decisions);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (rule::in_summary(summarizing_.entries[i].rule, (*decisions)[i].decision)) ++wanted[i];
    }
    store::ReplayedEvent noted;
    noted.row = build.row;
    noted.decisions = changed(*decisions, build.decisions);
    if (!noted.decisions.empty()) made.push_back(std::move(noted));
  }
  if (!concerned) co_return std::vector<store::ReplayedEvent>();
  std::vector<ReporterDecision> decisions;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const RosterEntry& entry = summarizing_.entries[i];
    decisions.push_back({entry.name, rule::decide_buildset(entry.rule, wanted[i])});
  }
  made.push_back(replayed(event.row, decisions, event.decisions));
  co_return made;
}

}  // namespace carillon::pipeline
