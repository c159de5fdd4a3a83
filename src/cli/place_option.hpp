// The options by which commands know their database.
#pragma once

#include "server/ledger_place.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace carillon::cli {

// --config, --db and --json. The place outlives the command.
void add_place(CLI::App& command, server::LedgerPlace& place);

}  // namespace carillon::cli
