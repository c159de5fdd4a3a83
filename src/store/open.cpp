#include "store/open.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "store/postgres/log_spool.hpp"
#include "store/postgres/postgres_ledger.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/postgres/session.hpp"
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

// One for each database, so that two of them may have one folder.
std::string beside_server(const postgres::Place& place, const std::string& base) {
  const char* state = std::getenv("STATE_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  std::string folder = state != nullptr ? state : base;
  folder = folder.substr(0, folder.find(':'));  // of several folders the first
  std::string name = place.database().empty() ? "carillon" : place.database();
  std::ranges::replace(name, '/', '_');
  return (std::filesystem::path(folder) / (name + ".postgresql")).string();
}

}  // namespace

Address Address::of_postgres(const std::string& url, std::string beside) {
  const postgres::Place place(url);
  Address address(std::move(beside));
  address.url_ = url;
  address.shown_ = place.shown();
  address.secrets_ = place.secrets();
  return address;
}

std::optional<Address> address_of_url(std::string_view url, const std::string& base) {
  if (postgres::is_url(url)) {
    const std::string text(url);
    return Address::of_postgres(text, beside_server(postgres::Place(text), base));
  }
  auto path = sqlite_path(url, base);
  if (!path) return std::nullopt;
  return Address(std::move(*path));
}

std::unique_ptr<Store> open_store(const asio::any_io_executor& io, const Address& address,
                                  metrics::Registry* metrics) {
  if (!address.is_file()) {
    postgres::Options options;
    options.metrics = metrics;
    return postgres::open_postgres(io, postgres::Place(address.url()), options);
  }
  SqliteOptions options;
  options.metrics = metrics;
  return open_sqlite(io, address.beside(), options);
}

std::unique_ptr<Store> open_beside(const asio::any_io_executor& io, const Address& address) {
  if (address.is_file()) return open_beside(io, open_existing(address.beside(), Access::existing));
  postgres::Options options;
  options.serves = false;
  return postgres::open_postgres(io, postgres::Place(address.url()), options);
}

std::unique_ptr<spool::Spool> open_spool(const asio::any_io_executor& io, const Address& address) {
  if (address.is_file()) return nullptr;
  return postgres::open_log_spool(io, postgres::Place(address.url()));
}

bool holds_anything(const Address& address) {
  if (address.is_file()) return std::filesystem::exists(address.beside());
  return postgres::holds_tables(postgres::Place(address.url()));
}

bool is_served(const Address& address) {
  return !address.is_file() && postgres::is_served(postgres::Place(address.url()));
}

std::unique_ptr<Ledger> open_ledger(const Address& address, Access access, std::chrono::milliseconds most) {
  if (!address.is_file())
    return std::make_unique<postgres::PostgresLedger>(postgres::Place(address.url()), most);
  auto database = open_existing(address.beside(), access);
  database->limit_time(most);
  return std::make_unique<SqliteLedger>(std::move(database));
}

}  // namespace carillon::store
