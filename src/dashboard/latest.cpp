#include "dashboard/latest.hpp"

#include "model/results_named.hpp"

namespace carillon::dashboard {

Result<store::BuildsFilter> latest_asked(const Asked& asked) {
  store::BuildsFilter filter;
  filter.builder = asked.part("builder");
  filter.source = asked.query.text("source");
  filter.branch = asked.query.text("branch");
  filter.limit = 1;
  // Of one builder each row is found at once.
  filter.look_at = 20'000;
  const std::string result = asked.query.text("result");
  if (const auto named = results_named(result)) {
    filter.results = {*named};
  } else if (!result.empty()) {
    return rejected("result: there is no result '" + result + "'");
  } else {
    filter.results = {Results::success,   Results::warnings, Results::failure,  Results::skipped,
                      Results::exception, Results::retry,    Results::cancelled};
  }
  return filter;
}

std::optional<store::ListedBuild> latest_of(store::Ledger& ledger, const store::BuildsFilter& wanted) {
  std::optional<store::ListedBuild> newest;
  for (const std::string& source : ledger.sources()) {
    if (!wanted.source.empty() && source != wanted.source) continue;
    store::BuildsFilter of_source = wanted;
    of_source.source = source;
    store::BuildsPage page = ledger.builds(of_source);
    if (page.builds.empty() || (newest && newest->event.at >= page.builds.front().event.at)) continue;
    newest = std::move(page.builds.front());
  }
  return newest;
}

}  // namespace carillon::dashboard
