#include "pipeline/decider.hpp"

#include <algorithm>

#include "model/sender.hpp"
#include "pipeline/details.hpp"

namespace carillon::pipeline {

bool summarizes(const Roster& roster) {
  return std::ranges::any_of(roster.entries,
                             [](const RosterEntry& entry) { return entry.rule.build_set_summary; });
}

Decider::Decider(store::Journal& store, FindSource find_source)
    : store_(store), find_source_(std::move(find_source)), history_(store) {}

void Decider::finished(const std::string& master, const BuildFacts& build) {
  history_.finished(master, build);
}

Task<std::vector<ReporterDecision>> Decider::decide(const Roster& roster, const Event& event, EventKind kind,
                                                    const BuildFacts& facts) {
  std::vector<ReporterDecision> decisions;
  decisions.reserve(roster.entries.size());
  if (!event.untold.empty()) {
    for (const RosterEntry& entry : roster.entries)
      decisions.push_back({entry.name, {Decision::Outcome::ignore, event.untold}});
    co_return decisions;
  }
  if (kind == EventKind::buildset_complete) co_return co_await decide_buildset(roster, event);
  std::optional<std::optional<Results>> by_builder;
  std::optional<std::optional<Results>> by_branch;
  for (const RosterEntry& entry : roster.entries) {
    ReporterDecision decision;
    decision.reporter = entry.name;
    if (kind == EventKind::worker_missing || kind == EventKind::worker_back) {
      decision.decision = entry.rule.audience
                              ? entry.rule.audience->decide(kind, event.source, facts, std::nullopt)
                              : rule::decide_worker(entry.rule, kind, event.body);
    } else if (is_request(kind)) {
      const json::value* retried = event.body.if_contains("retried");
      decision.decision =
          rule::decide_request(entry.rule, kind, facts, retried != nullptr && *retried == json::value(true));
    } else {
      std::optional<Results> before;
      if (kind == EventKind::build_finished && entry.rule.needs_history()) {
        auto& known = entry.rule.previous == rule::Previous::branch ? by_branch : by_builder;
        if (!known) {
          auto found = co_await previous(event, facts, entry.rule.previous);
          if (!found) co_return failed(found);
          known = *found;
        }
        before = *known;
      }
      decision.decision = entry.rule.audience ? entry.rule.audience->decide(kind, event.source, facts, before)
                                              : rule::decide_build(entry.rule, kind, facts, before);
    }
    decisions.push_back(std::move(decision));
  }
  co_return decisions;
}

Task<std::optional<Results>> Decider::previous(const Event& event, const BuildFacts& facts,
                                               rule::Previous scope) {
  std::optional<std::string> branch;
  if (scope == rule::Previous::branch) branch = facts.branch;
  auto found = co_await history_.previous(event.source, facts.builder, branch, facts.run());
  if (!found) co_return failed(found);
  if (*found) co_return (*found)->results;
  // A build from before Carillon was there: its master knows (a builder alone; REST cannot filter by branch).
  if (scope == rule::Previous::branch) co_return std::nullopt;
  const auto asked = co_await ask_previous_build(find_source_(event.source), event.body);
  if (!asked || !*asked) co_return std::nullopt;
  const auto results = integer_at(**asked, "results");
  co_return results ? results_from(*results) : std::nullopt;
}

Task<std::vector<ReporterDecision>> Decider::decide_buildset(const Roster& roster, const Event& event) {
  std::vector<store::BuildsetBuild> builds;
  if (const auto bsid = integer_at(event.body, "bsid"); bsid && summarizes(roster)) {
    auto found = co_await store_.buildset(event.source, *bsid, event.occurrence);
    if (!found) co_return failed(found);
    builds = std::move(*found);
    std::erase_if(builds, [&](const store::BuildsetBuild& one) { return !may_be_of(one.event, event); });
  }
  std::vector<ReporterDecision> decisions;
  for (const RosterEntry& entry : roster.entries) {
    std::size_t wanted = 0;
    for (const store::BuildsetBuild& build : builds) {
      for (const ReporterDecision& of : build.decisions) {
        if (of.reporter == entry.name && rule::in_summary(entry.rule, of.decision)) ++wanted;
      }
    }
    ReporterDecision decision;
    decision.reporter = entry.name;
    decision.decision = rule::decide_buildset(entry.rule, wanted);
    decisions.push_back(std::move(decision));
  }
  co_return decisions;
}

}  // namespace carillon::pipeline
