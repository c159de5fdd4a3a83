// The embedded store: SQLite in a file.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

struct SqliteOptions {
  // Counts there, unless null; it outlives the store.
  metrics::Registry* metrics = nullptr;
  // How often the feed looks for what other processes have changed.
  std::chrono::milliseconds poll{500};
};

// Opens or makes the database and starts the store's thread. Throws DatabaseError (database.hpp) with a text
// for the operator. Results are delivered on `io`.
std::unique_ptr<Store> open_sqlite(const asio::any_io_executor& io, const std::string& path,
                                   const SqliteOptions& options = {});

// For a command line beside a server: the database is open already, and is not looked through.
std::unique_ptr<Store> open_beside(const asio::any_io_executor& io, std::unique_ptr<Database> database);

}  // namespace carillon::store
