// The embedded store: SQLite in a file.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "store/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

// Opens or makes the database and starts the store's thread. Throws DatabaseError (database.hpp) with a text
// for the operator. Results are delivered on `io`. metrics: counts there, unless null; it outlives the store.
std::unique_ptr<Store> open_sqlite(asio::any_io_executor io, const std::string& path,
                                   metrics::Registry* metrics = nullptr);

// For a command line beside a server: the database is open already, and is not looked through.
std::unique_ptr<Store> open_beside(asio::any_io_executor io, std::unique_ptr<Database> database);

}  // namespace carillon::store
