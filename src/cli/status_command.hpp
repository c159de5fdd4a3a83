// carillon status
#pragma once

#include "server/ledger_place.hpp"

namespace carillon::cli {

// Prints the server's sources, what waits, is dead and is paused, and what a person has to look after.
// Returns 1 when there is any such thing, else 0. Throws settings::ConfigError or store::Error.
int show_status(const server::LedgerPlace& place);

}  // namespace carillon::cli
