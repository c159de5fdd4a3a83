#include "pipeline/decider.hpp"

#include <algorithm>

#include "model/sender.hpp"
#include "pipeline/details.hpp"

namespace carillon::pipeline {

bool summarizes(const Roster& roster) {
  return std::ranges::any_of(roster.entries,
                             [](const RosterEntry& entry) { return entry.rule.build_set_summary; });
}

Decider::Decider(store::Journal& store, FindSource find_source, const Silences* silences)
    : store_(store), find_source_(std::move(find_source)), silences_(silences), history_(store) {}

void Decider::finished(const std::string& master, const BuildFacts& build) {
  history_.finished(master, build);
}

Task<std::string> Decider::outdated(const Event& event, const BuildFacts& facts) {
  const auto later = co_await history_.later_try(event.source, facts.builder, facts.run());
  if (!later) co_return failed(later.error());
  co_return *later ? "attempt " + std::to_string(**later) + " has ended already" : std::string();
}

Task<std::vector<ReporterDecision>> Decider::decide(const Roster& roster, const Event& event, EventKind kind,
                                                    const BuildFacts& facts) {
  if (!event.untold.empty()) {
    std::vector<ReporterDecision> decisions;
    for (const RosterEntry& entry : roster.entries)
      decisions.push_back({entry.name, {Decision::Outcome::ignore, event.untold}});
    co_return decisions;
  }
  if (kind == EventKind::buildset_complete) co_return co_await decide_buildset(roster, event);
  auto decisions = co_await by_rules(roster, event, kind, facts);
  if (!decisions || silences_ == nullptr) co_return decisions;
  const bool is_of_build = is_build(kind) || is_request(kind);
  const std::span<const BuildFacts> builds(&facts, is_of_build ? 1 : 0);
  for (std::size_t i = 0; i < roster.entries.size(); ++i)
    hold_back((*decisions)[i].decision, *silences_, report_of(roster.entries[i], builds), silences_->now());
  co_return decisions;
}

Task<std::vector<ReporterDecision>> Decider::by_rules(const Roster& roster, const Event& event,
                                                      EventKind kind, const BuildFacts& facts) {
  std::vector<ReporterDecision> decisions;
  decisions.reserve(roster.entries.size());
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
    std::vector<BuildFacts> wanted;
    for (const store::BuildsetBuild& build : builds) {
      for (const ReporterDecision& of : build.decisions) {
        if (of.reporter == entry.name && rule::in_summary(entry.rule, of.decision))
          wanted.push_back(facts_of(build.event.body));
      }
    }
    ReporterDecision decision;
    decision.reporter = entry.name;
    decision.decision = rule::decide_buildset(entry.rule, wanted.size());
    // It may have begun since they ended.
    if (silences_ != nullptr)
      hold_back(decision.decision, *silences_, report_of(entry, wanted), silences_->now());
    decisions.push_back(std::move(decision));
  }
  co_return decisions;
}

}  // namespace carillon::pipeline
