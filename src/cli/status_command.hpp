// carillon status
#pragma once

#include "cli/opened.hpp"
#include "cli/place.hpp"
#include "view/status.hpp"

namespace carillon::cli {

// How things are, as far as a database and its server, or a server's API, tell. Throws store::Error.
view::Status status_of(OpenedLedger& opened);

// Prints the server's sources, what waits, is dead and is paused, and what a person has to look after.
// Returns 1 when there is any such thing, else 0. Throws settings::ConfigError or store::Error.
int show_status(const Place& place);

// Prints where builds come from, and whether these sources are connected. Returns 1 when no server is
// running.
int list_sources(const Place& place);

}  // namespace carillon::cli
