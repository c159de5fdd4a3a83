#include "view/many.hpp"

#include <limits>

namespace carillon::view {

std::optional<std::int64_t> add_page(store::Ledger& ledger, const store::LedgerFilter& filter,
                                     std::int64_t before, std::vector<RowId>& ids) {
  const store::DeliveriesPage page = ledger.deliveries_before(filter, before);
  for (const store::LedgerRow& row : page.rows)
    ids.push_back(row.id);
  return page.next;
}

std::vector<RowId> matching(store::Ledger& ledger, const store::LedgerFilter& filter) {
  std::vector<RowId> ids;
  std::optional<std::int64_t> before = std::numeric_limits<std::int64_t>::max();
  while (before && ids.size() <= most_at_once)
    before = add_page(ledger, filter, *before, ids);
  return ids;
}

}  // namespace carillon::view
