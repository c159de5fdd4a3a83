// The stores that are put through the conformance tests; another one is one entry.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "fakes/postgres_server.hpp"
#include "store/open.hpp"
#include "store/postgres/postgres_ledger.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/postgres/session.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store_fixture.hpp"

namespace carillon::store {

// On PostgreSQL a path is a schema: a database costs more to make.
inline postgres::Place place_of_test(const std::string& path) {
  const std::string schema = "test_" + short_hash(path);
  const std::string url = test::PostgresServer::shared().url();
  postgres::Connection(postgres::Place(url)).run("CREATE SCHEMA IF NOT EXISTS " + schema);
  return postgres::Place(url + "&options=-csearch_path%3D" + schema);
}

// Of a test, several are open at a time: not each of them is the one server.
inline std::unique_ptr<Store> open_on_postgres(const asio::any_io_executor& io, const std::string& path,
                                               std::chrono::milliseconds poll = postgres::Options().poll) {
  const postgres::Place place = place_of_test(path);
  postgres::Tenure(place).connect();
  postgres::Options options;
  options.serves = false;
  options.poll = poll;
  return postgres::open_postgres(io, place, options);
}

inline std::unique_ptr<Ledger> ledger_on_postgres(const std::string& path,
                                                  std::chrono::milliseconds most = {}) {
  return std::make_unique<postgres::PostgresLedger>(place_of_test(path), most);
}

inline std::vector<std::int64_t> sql_on_sqlite(const std::string& path, const std::string& sql) {
  Database db(path, Database::Access::existing);
  Statement statement = db.prepare(sql.c_str());
  std::vector<std::int64_t> numbers;
  while (statement.step())
    numbers.push_back(statement.integer(0));
  return numbers;
}

inline std::vector<std::int64_t> sql_on_postgres(const std::string& path, const std::string& sql) {
  postgres::Connection db(place_of_test(path));
  std::vector<std::int64_t> numbers;
  for (const postgres::Row row : db.query(sql.c_str()))
    numbers.push_back(row.integer(0));
  // Numbers go on behind those that a test has given.
  for (const std::string table : {"events", "deliveries"})
    db.run("SELECT setval('" + table + "_id_seq', (SELECT max(id) FROM " + table + "))");
  return numbers;
}

inline std::vector<StoreKind> store_kinds() {
  StoreKind sqlite;
  sqlite.name = "sqlite";
  sqlite.open = [](const asio::any_io_executor& io, const std::string& path) {
    return open_sqlite(io, path);
  };
  sqlite.ledger = [](const std::string& path, std::chrono::milliseconds most) {
    return open_ledger(Address(path), Access::existing, most);
  };
  sqlite.sql = sql_on_sqlite;
  StoreKind postgres;
  postgres.name = "postgres";
  postgres.open = [](const asio::any_io_executor& io, const std::string& path) {
    return open_on_postgres(io, path);
  };
  postgres.ledger = ledger_on_postgres;
  postgres.sql = sql_on_postgres;
  return {sqlite, postgres};
}

}  // namespace carillon::store
