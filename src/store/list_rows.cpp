#include "store/list_rows.hpp"

#include <algorithm>

#include "store/reading.hpp"

namespace carillon::store {

bool is_wanted(const BuildsFilter& filter, const LightRow& row) {
  if (!filter.source.empty() && row.source != filter.source) return false;
  if (!filter.builder.empty() && row.builder != filter.builder) return false;
  if (!filter.branch.empty() && row.branch != filter.branch) return false;
  if (row.heard < filter.since) return false;
  if (filter.results.empty() && !filter.running) return true;
  if (!row.finished) return filter.running;
  return row.results && std::ranges::find(filter.results, *row.results) != filter.results.end();
}

bool is_wanted(const LedgerFilter& filter, const LedgerRow& row) {
  return (!filter.state || row.state == *filter.state) &&
         (!filter.reporter || row.reporter == *filter.reporter) &&
         (!filter.builder || row.builder == *filter.builder) &&
         (!filter.target || has_part(row.target, *filter.target)) &&
         (row.created >= filter.since || row.settled_at.value_or(0) >= filter.since);
}

}  // namespace carillon::store
