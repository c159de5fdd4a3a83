// Many deliveries at once: which a filter has, and in which portions they are changed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "store/ledger.hpp"

namespace carillon::view {

// Deliveries that one request may change.
inline constexpr std::size_t most_at_once = 10'000;
// Of those, in one transaction: others that write come between.
inline constexpr std::size_t most_in_one = 200;

// Adds a page of those that the filter has, newest first; filter.limit: of the page. Where the next one
// begins; nullopt: it was the last.
std::optional<std::int64_t> add_page(store::Ledger& ledger, const store::LedgerFilter& filter,
                                     std::int64_t before, std::vector<RowId>& ids);
// All of them, newest first; where there are more than most_at_once, a page more than that at most.
std::vector<RowId> matching(store::Ledger& ledger, const store::LedgerFilter& filter);

}  // namespace carillon::view
