// What a reporter's rule says of a build that there is not. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rule/rule.hpp"

namespace carillon::cli {

// What is decided after some of the builds that may have come before.
struct RouteCase {
  // How the build before ended; nullopt: there is none.
  std::vector<std::optional<Results>> after;
  Decision decision;
};

struct Route {
  // Who subscribed decides, and that is known by the running server alone.
  bool by_audience = false;
  // One where the build before does not count, or is known; else one for each outcome.
  std::vector<RouteCase> cases;
};

// previous: how the build before ended; nullopt: not known.
Route route_of(const rule::Rule& rule, EventKind kind, const BuildFacts& build,
               std::optional<Results> previous);

// "yes: mode failing"; "yes after success, warnings; no after failure, or as the first".
std::string in_words(const Route& route);

}  // namespace carillon::cli
