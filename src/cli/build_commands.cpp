#include "cli/build_commands.hpp"

#include <algorithm>
#include <iostream>
#include <limits>

#include "base/encoding.hpp"
#include "base/terminal.hpp"
#include "cli/known_names.hpp"
#include "cli/moment.hpp"
#include "cli/opened.hpp"
#include "model/build.hpp"
#include "model/results_named.hpp"
#include "settings/error.hpp"
#include "view/builds.hpp"

namespace carillon::cli {
namespace {

constexpr std::size_t builds_of_a_page = 500;

std::string result_word(const Colours& colours, const std::optional<Results>& results) {
  if (!results) return colours.wrap("33", "running");
  switch (*results) {
    case Results::success:
      return colours.wrap("32", name(*results));
    case Results::failure:
    case Results::exception:
      return colours.wrap("31", name(*results));
    default:
      return colours.wrap("33", name(*results));
  }
}

store::BuildsFilter wanted_builds(OpenedLedger& opened, const BuildsOptions& options) {
  store::BuildsFilter filter;
  if (!options.builder.empty()) require_builder(opened.ledger(), options.builder);
  filter.builder = options.builder;
  filter.branch = options.branch;
  filter.running = options.result == "running";
  if (const auto results = results_named(options.result)) filter.results.push_back(*results);
  if (!options.since.empty()) filter.since = moment_of("--since", options.since, SystemClock().now());
  return filter;
}

// The newest ones, newest first.
std::vector<store::ListedBuild> newest(store::Ledger& ledger, store::BuildsFilter filter, std::size_t most) {
  std::vector<store::ListedBuild> builds;
  for (bool more = true; more && builds.size() < most;) {
    filter.limit = std::min(most - builds.size(), builds_of_a_page);
    store::BuildsPage page = ledger.builds(filter);
    std::ranges::move(page.builds, std::back_inserter(builds));
    more = page.next.has_value();
    filter.before = page.next.value_or(0);
  }
  if (builds.size() > most) builds.resize(most);
  return builds;
}

}  // namespace

// What is whole is on the build's page, and in --json.
constexpr std::size_t longest_state = 160;

std::string line_of(const Colours& colours, const store::ListedBuild& build) {
  const BuildView body(build.event.body);
  std::string line = colours.bold(printable(build.builder) + " #" + std::to_string(build.run.number)) +
                     attempt_mark(build.run) + "  " + result_word(colours, build.results);
  if (!build.branch.empty()) line += "  " + printable(build.branch);
  if (const auto state = body.state_string(); state && !state->empty())
    line += "  " + colours.dim("\"" + printable(ellipsize(*state, longest_state)) + "\"");
  return line;
}

int list_builders(const Place& place) {
  OpenedLedger opened(place, store::Access::reading);
  const std::vector<store::ListedBuilder> builders =
      opened.ledger().newest_builds(1, std::numeric_limits<std::int32_t>::max());
  if (place.json) {
    json::array out;
    for (const store::ListedBuilder& builder : builders)
      out.push_back(view::to_json(builder));
    std::cout << json::serialize(out) << "\n";
    return 0;
  }
  const Colours colours;
  for (const store::ListedBuilder& builder : builders) {
    if (builder.newest.empty()) continue;
    std::cout << line_of(colours, builder.newest.front()) << "  "
              << colours.dim(time_text(builder.newest.front().heard) + " from " + printable(builder.source))
              << "\n";
  }
  if (builders.empty()) std::cout << "no builders\n";
  return 0;
}

int list_builds(const Place& place, const BuildsOptions& options) {
  OpenedLedger opened(place, store::Access::reading);
  std::vector<store::ListedBuild> builds =
      newest(opened.ledger(), wanted_builds(opened, options), options.limit);
  std::ranges::reverse(builds);
  if (place.json) {
    json::array out;
    for (const store::ListedBuild& build : builds)
      out.push_back(view::to_json(build));
    std::cout << json::serialize(out) << "\n";
    return 0;
  }
  const Colours colours;
  for (const store::ListedBuild& build : builds)
    std::cout << time_text(build.heard) << "  " << line_of(colours, build) << "\n";
  if (builds.empty()) std::cout << "no builds\n";
  return 0;
}

}  // namespace carillon::cli
