// The options by which commands know their database.
#pragma once

#include "cli/place.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace carillon::cli {

// --config, --db and --json. The place outlives the command.
void add_place(CLI::App& command, server::LedgerPlace& place);
// With --server, too.
void add_any_place(CLI::App& command, Place& place);

}  // namespace carillon::cli
