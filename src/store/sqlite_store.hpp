// The embedded store: SQLite in a file.
#pragma once

#include <memory>
#include <string>

#include "store/store.hpp"

namespace carillon::store {

// Opens or makes the database and starts the store's thread. Throws DatabaseError (database.hpp) with a text
// for the operator. Results are delivered on `io`.
std::unique_ptr<Store> open_sqlite(asio::any_io_executor io, const std::string& path);

}  // namespace carillon::store
