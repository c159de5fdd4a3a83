// The stores that are put through the conformance tests; another one is one entry.
#pragma once

#include <memory>
#include <vector>

#include "store/sqlite/sqlite_ledger.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store_fixture.hpp"

namespace carillon::store {

inline std::vector<StoreKind> store_kinds() {
  return {{"sqlite",
           [](const asio::any_io_executor& io, const std::string& path) { return open_sqlite(io, path); },
           [](const std::string& path) -> std::unique_ptr<Ledger> {
             return std::make_unique<SqliteLedger>(
                 std::make_unique<Database>(path, Database::Access::existing));
           }}};
}

}  // namespace carillon::store
