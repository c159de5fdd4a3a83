// A PostgreSQL database as one end of a copy.
#pragma once

#include <memory>

#include "store/copied.hpp"
#include "store/postgres/place.hpp"

namespace carillon::store::postgres {

// Throw PgError; also where a server serves it, by name. No server can begin until the end is let go.
// As it is now: what others write later is not seen. There must be tables.
std::unique_ptr<CopyEnd> copy_from_database(const Place& place);
// The tables are made where there are none. Nobody else writes to them until it is let go.
std::unique_ptr<CopyEnd> copy_to_database(const Place& place);

}  // namespace carillon::store::postgres
