#include "cli/route.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace carillon::cli {
namespace {

std::string verb_of(Decision::Outcome outcome) {
  switch (outcome) {
    case Decision::Outcome::report:
      return "yes";
    case Decision::Outcome::summary:
      return "with its buildset";
    default:
      return "no";
  }
}

std::string builds_before(const std::vector<std::optional<Results>>& after) {
  std::vector<std::string> words;
  bool first = false;
  for (const auto& results : after) {
    if (results) {
      words.emplace_back(name(*results));
    } else {
      first = true;
    }
  }
  const std::string text = words.empty() ? "" : "after " + joined(words, ", ");
  if (!first) return text;
  return text + (text.empty() ? "" : ", or ") + "as the first";
}

}  // namespace

Route route_of(const rule::Rule& rule, EventKind kind, const BuildFacts& build,
               std::optional<Results> previous) {
  Route route;
  if (rule.audience) {
    route.by_audience = true;
    return route;
  }
  if (kind != EventKind::build_finished || !rule.needs_history() || previous) {
    route.cases.push_back({{previous}, rule::decide_build(rule, kind, build, previous)});
    return route;
  }
  std::vector<std::optional<Results>> all{std::nullopt};
  for (std::int64_t number = 0; const auto results = results_from(number); ++number) {
    if (*results != Results::retry) all.emplace_back(*results);  // it never counts
  }
  for (const auto& before : all) {
    Decision decision = rule::decide_build(rule, kind, build, before);
    const auto same = std::ranges::find_if(
        route.cases, [&](const RouteCase& one) { return one.decision.outcome == decision.outcome; });
    if (same != route.cases.end()) {
      same->after.push_back(before);
    } else {
      route.cases.push_back({{before}, std::move(decision)});
    }
  }
  return route;
}

std::string in_words(const Route& route) {
  if (route.by_audience) return "who subscribed decides: ask the running server's bot";
  if (route.cases.size() == 1 && route.cases.front().after.size() == 1)
    return verb_of(route.cases.front().decision.outcome) + ": " + route.cases.front().decision.reason;
  if (route.cases.size() == 1)
    return verb_of(route.cases.front().decision.outcome) +
           ", whatever the build before was: " + route.cases.front().decision.reason;
  std::vector<std::string> words;
  for (const RouteCase& one : route.cases)
    words.push_back(verb_of(one.decision.outcome) + " " + builds_before(one.after));
  std::ranges::sort(words, std::greater<>());  // yes, with its buildset, no
  return joined(words, "; ");
}

}  // namespace carillon::cli
