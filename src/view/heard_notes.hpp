// What is odd about how an event was heard of, for `carillon explain` and the pages.
#pragma once

#include <string>
#include <vector>

#include "store/ledger.hpp"

namespace carillon::view {

// What the hook noted of the delivery, and tests that came after the end was told. A sentence each.
std::vector<std::string> notes_of(store::Ledger& ledger, const store::LedgerEvent& entry);

}  // namespace carillon::view
