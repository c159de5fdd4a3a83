#include "rule/rule.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace carillon::rule {
namespace {

struct Named {
  Mode mode;
  std::string_view word;
};
constexpr std::array<Named, 7> modes_by_name = {{{Mode::change, "change"},
                                                 {Mode::failing, "failing"},
                                                 {Mode::passing, "passing"},
                                                 {Mode::problem, "problem"},
                                                 {Mode::warnings, "warnings"},
                                                 {Mode::exception, "exception"},
                                                 {Mode::cancelled, "cancelled"}}};

using Outcome = Decision::Outcome;

Decision ignore(std::string reason) {
  return {Outcome::ignore, std::move(reason)};
}

// The reason why the filters drop the build; empty when they let it pass.
std::string filtered(const Filter& filter, const BuildFacts& build) {
  if (filter.builders && !filter.builders->contains(build.builder)) {
    return "builder '" + build.builder + "' is not in builders";
  }
  if (filter.schedulers && !filter.schedulers->contains(build.scheduler)) {
    return "scheduler '" + build.scheduler + "' is not in schedulers";
  }
  if (filter.branches && !filter.branches->contains(build.branch)) {
    return "branch '" + build.branch + "' is not in branches";
  }
  if (filter.tags) {
    const bool any = std::any_of(build.tags.begin(), build.tags.end(),
                                 [&](const std::string& tag) { return filter.tags->contains(tag); });
    if (!any) return "builder '" + build.builder + "' has none of the tags";
  }
  return {};
}

std::string quoted(Results results) {
  return std::string(name(results));
}

// The reason why the modes want the results; empty when they do not.
std::string wanted(const Modes& modes, Results results, std::optional<Results> previous) {
  // A retried build has decided nothing: the build that repeats it will be compared.
  if (modes.has(Mode::change) && results != Results::retry && previous && *previous != results) {
    return "mode change: " + quoted(*previous) + " before, " + quoted(results) + " now";
  }
  if (modes.has(Mode::failing) && results == Results::failure) return "mode failing";
  if (modes.has(Mode::passing) && results == Results::success) return "mode passing";
  if (modes.has(Mode::problem) && results == Results::failure && previous && *previous != Results::failure) {
    return "mode problem: " + quoted(*previous) + " before, failure now";
  }
  if (modes.has(Mode::warnings) && results == Results::warnings) return "mode warnings";
  if (modes.has(Mode::exception) && results == Results::exception) return "mode exception";
  if (modes.has(Mode::cancelled) && results == Results::cancelled) return "mode cancelled";
  return {};
}

std::string no_mode_wants(const Rule& rule, Results results, std::optional<Results> previous) {
  const std::vector<std::string> modes = rule.modes.names();
  if (modes.empty()) return "it does not report the end of builds";
  std::string text = (modes.size() == 1 ? "its mode is " : "its modes are ") + joined(modes, ", ") +
                     "; this build ended with " + quoted(results);
  if (!rule.needs_history()) return text;
  return text + (previous ? ", the one before with " + quoted(*previous) : ", and is the first");
}

Decision by_generator(const Rule& rule, Decision decision) {
  if (!rule.generator.empty()) decision.reason += " (" + rule.generator + ")";
  return decision;
}

Decision request_decision(const Rule& rule, EventKind kind, const BuildFacts& request, bool retried) {
  const bool ended = kind == EventKind::request_ended;
  if (!rule.waiting && !(ended && retried && rule.every_finished)) {
    return ignore("it does not report waiting requests");
  }
  if (std::string reason = filtered(rule.filter, request); !reason.empty()) return ignore(std::move(reason));
  if (!ended) return {Outcome::report, "every waiting request"};
  return {Outcome::report, retried ? "its build was to be repeated, and will not be" : "it gets no build"};
}

Decision build_decision(const Rule& rule, EventKind kind, const BuildFacts& build,
                        std::optional<Results> previous) {
  if (kind == EventKind::build_started) {
    if (!rule.started) return ignore("it does not report starts");
    if (std::string reason = filtered(rule.filter, build); !reason.empty()) return ignore(std::move(reason));
    return {Outcome::report, "every started build"};
  }
  if (std::string reason = filtered(rule.filter, build); !reason.empty()) return ignore(std::move(reason));
  if (rule.every_finished) return {Outcome::report, "every finished build"};
  if (rule.build_set_summary && rule.summary_of_all) return {Outcome::summary, "every build of a buildset"};
  if (!build.results) return ignore("the build has no results");
  std::string reason = wanted(rule.modes, *build.results, previous);
  if (reason.empty()) return ignore(no_mode_wants(rule, *build.results, previous));
  if (rule.build_set_summary) return {Outcome::summary, std::move(reason)};
  return {Outcome::report, std::move(reason)};
}

Decision buildset_decision(const Rule& rule, std::size_t wanted_builds) {
  if (!rule.build_set_summary) return ignore("it reports builds, not buildsets");
  if (wanted_builds == 0) return ignore("no build of the buildset is wanted");
  return {Outcome::report, "buildset summary of " + std::to_string(wanted_builds) +
                               (wanted_builds == 1 ? " build" : " builds")};
}

Decision worker_decision(const Rule& rule, EventKind kind, const json::object& worker) {
  if (kind == EventKind::worker_back) return ignore("it reports missing workers, not their return");
  const std::string worker_name(string_at(worker, "name").value_or(""));
  if (!rule.workers.all && !rule.workers.names.contains(worker_name)) {
    return ignore("worker '" + worker_name + "' is not in watchedWorkers");
  }
  if (rule.workers.notify_needed) {
    const json::array* notify = array_at(worker, "notify");
    if (notify == nullptr || notify->empty())
      return ignore("worker '" + worker_name + "' has nobody to notify");
  }
  return {Outcome::report, "worker '" + worker_name + "' is watched"};
}

}  // namespace

std::string_view name(Mode mode) {
  return std::find_if(modes_by_name.begin(), modes_by_name.end(),
                      [&](const Named& n) { return n.mode == mode; })
      ->word;
}

Modes Modes::all() {
  Modes modes;
  for (const Named& named : modes_by_name)
    modes.add(named.mode);
  return modes;
}

std::optional<Mode> Modes::parse(std::string_view word) {
  for (const Named& named : modes_by_name) {
    if (named.word == word) return named.mode;
  }
  return std::nullopt;
}

std::vector<std::string> Modes::names() const {
  std::vector<std::string> words;
  for (const Named& named : modes_by_name) {
    if (has(named.mode)) words.emplace_back(named.word);
  }
  return words;
}

Decision decide_request(const Rule& rule, EventKind kind, const BuildFacts& request, bool retried) {
  return by_generator(rule, request_decision(rule, kind, request, retried));
}

Decision decide_build(const Rule& rule, EventKind kind, const BuildFacts& build,
                      std::optional<Results> previous) {
  return by_generator(rule, build_decision(rule, kind, build, previous));
}

bool in_summary(const Rule& rule, const Decision& decision) {
  if (decision.outcome == Outcome::summary) return true;
  return rule.build_set_summary && rule.summary_of_all && decision.outcome == Outcome::report;
}

Decision decide_buildset(const Rule& rule, std::size_t wanted_builds) {
  return by_generator(rule, buildset_decision(rule, wanted_builds));
}

Decision decide_worker(const Rule& rule, EventKind kind, const json::object& worker) {
  return by_generator(rule, worker_decision(rule, kind, worker));
}

}  // namespace carillon::rule
