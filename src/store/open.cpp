#include "store/open.hpp"

#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_ledger.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace carillon::store {
namespace {

std::unique_ptr<Database> open_existing(const std::string& path, Access access) {
  if (path.empty()) return std::make_unique<Database>(":memory:", Database::Access::create);
  return std::make_unique<Database>(
      path, access == Access::reading ? Database::Access::reading : Database::Access::existing);
}

}  // namespace

std::optional<std::string> path_of_url(std::string_view url, const std::string& base) {
  return sqlite_path(url, base);
}

std::unique_ptr<Store> open_store(const asio::any_io_executor& io, const std::string& path,
                                  metrics::Registry* metrics) {
  SqliteOptions options;
  options.metrics = metrics;
  return open_sqlite(io, path, options);
}

std::unique_ptr<Store> open_beside(const asio::any_io_executor& io, const std::string& path) {
  return open_beside(io, open_existing(path, Access::existing));
}

std::unique_ptr<Ledger> open_ledger(const std::string& path, Access access, std::chrono::milliseconds most) {
  auto database = open_existing(path, access);
  database->limit_time(most);
  return std::make_unique<SqliteLedger>(std::move(database));
}

}  // namespace carillon::store
