// carillon intake
#pragma once

#include <string>

#include "server/ledger_place.hpp"

namespace carillon::cli {

// Shows the deliveries to hooks that were refused within a day, and why. source: of that one alone, with the
// bodies, as far as they are kept; empty: of all. Returns 0. Throws settings::ConfigError and store::Error.
int show_intake(const server::LedgerPlace& place, const std::string& source);

}  // namespace carillon::cli
