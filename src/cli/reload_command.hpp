// carillon reload
#pragma once

#include "server/ledger_place.hpp"

namespace carillon::cli {

// Asks the server that runs with this database to reload, and waits for what comes of it. Returns 0 when the
// new configuration is in force, else 1 with the reason on standard error: it is refused, or no server runs.
int reload_server(const server::LedgerPlace& place);

}  // namespace carillon::cli
