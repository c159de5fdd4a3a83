#include "cli/routes_command.hpp"

#include <iostream>

#include "base/terminal.hpp"
#include "cli/offline_runtime.hpp"
#include "cli/route.hpp"
#include "model/results_named.hpp"

namespace carillon::cli {
namespace {

json::value json_of(const RouteCase& one) {
  json::array after;
  for (const auto& results : one.after)
    after.push_back(results ? json::value(name(*results)) : json::value(nullptr));
  return json::object{
      {"after", std::move(after)}, {"decision", name(one.decision.outcome)}, {"reason", one.decision.reason}};
}

}  // namespace

int show_routes(const server::LedgerPlace& place, const RoutesOptions& options) {
  BuildFacts build;
  build.builder = options.builder;
  build.branch = options.branch;
  build.scheduler = options.scheduler;
  build.tags = options.tags;
  build.results = results_named(options.result);
  const EventKind kind = build.results ? EventKind::build_finished : EventKind::build_started;
  OfflineRuntime& runtime = OfflineRuntime::make(false);
  server::require_file(place);
  runtime.read(place.config);
  runtime.assemble();
  json::array list;
  const Colours colours;
  for (const pipeline::RosterEntry& entry : runtime.roster().entries) {
    const Route route = route_of(entry.rule, kind, build, results_named(options.previous));
    if (place.json) {
      json::array cases;
      for (const RouteCase& one : route.cases)
        cases.push_back(json_of(one));
      list.push_back(json::object{
          {"reporter", entry.name}, {"by_subscription", route.by_audience}, {"cases", std::move(cases)}});
      continue;
    }
    const std::string line =
        colours.bold(printable(entry.name)) + "  " + printable(runtime.redacted(in_words(route)));
    std::cout << shown_line("", line);
  }
  if (place.json) {
    std::cout << runtime.redacted(json::serialize(list)) << "\n";
  } else if (runtime.roster().entries.empty()) {
    std::cout << "the configuration has no reporters\n";
  }
  return 0;
}

}  // namespace carillon::cli
