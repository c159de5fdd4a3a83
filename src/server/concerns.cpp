#include "server/concerns.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "server/fixtures.hpp"

namespace carillon::server {
namespace {

// The argument that lets no build pass; empty: there is none.
std::string closed_filter(const rule::Filter& filter) {
  const auto is_closed = [](const auto& names) { return names && names->empty(); };
  if (is_closed(filter.builders)) return "builders";
  if (is_closed(filter.tags)) return "tags";
  if (is_closed(filter.schedulers)) return "schedulers";
  return is_closed(filter.branches) ? "branches" : "";
}

}  // namespace

void add_concerns(settings::Configuration& configuration, const Assembly& assembly) {
  if (assembly.roster->entries.empty())
    configuration.warnings.emplace_back("c['services'] names no reporter: nobody will be told");
  if (assembly.sources.empty())
    configuration.warnings.emplace_back("c['sources'] is empty: no builds will be heard of");
  for (const pipeline::RosterEntry& entry : assembly.roster->entries) {
    if (const std::string closed = closed_filter(entry.rule.filter); !closed.empty())
      configuration.warnings.push_back(entry.name + ": its list of " + closed +
                                       " is empty, so it tells of no build");
  }
}

std::optional<std::string> untold_ends(const pipeline::Roster& roster) {
  if (roster.entries.empty()) return std::nullopt;
  std::vector<std::string> untold;
  for (const Results results : {Results::failure, Results::exception, Results::cancelled}) {
    const bool told = std::ranges::any_of(
        roster.entries, [&](const pipeline::RosterEntry& entry) { return tells_of(entry.rule, results); });
    if (!told) untold.emplace_back(name(results));
  }
  if (untold.empty()) return std::nullopt;
  std::string text = "no reporter tells of a build that ends with " + joined(untold, " or ");
  if (std::ranges::find(untold, name(Results::exception)) != untold.end())
    text += ": nobody hears of a job that is late, cannot be started or takes too long";
  return text + " (add it to the mode of a reporter)";
}

}  // namespace carillon::server
