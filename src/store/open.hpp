// Where a store is, and how it is opened: by URL.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.hpp"
#include "spool/spool.hpp"
#include "store/error.hpp"
#include "store/ledger.hpp"
#include "store/store.hpp"

namespace carillon::store {

// What can be opened here: for people.
inline constexpr std::string_view known_urls = "sqlite:///FILE or postgresql://USER@HOST/DATABASE";

// A file of SQLite, or a PostgreSQL database.
class Address {
 public:
  // Of a file; empty: nothing is kept, in memory.
  Address(std::string path = {}) : beside_(std::move(path)) {}  // NOLINT: a path is an address
  Address(const char* path) : Address(std::string(path)) {}     // NOLINT: likewise
  // Of a PostgreSQL database. beside: see below. Throws Error as postgres::Place does.
  static Address of_postgres(const std::string& url, std::string beside);

  bool is_file() const { return url_.empty(); }
  // The file; else where the files of a server on this machine begin. Its lock, its control socket and its
  // spool have longer names.
  const std::string& beside() const { return beside_; }
  // For people, without secrets.
  const std::string& shown() const { return is_file() ? beside_ : shown_; }
  // Not to be shown.
  const std::vector<std::string>& secrets() const { return secrets_; }
  // As open_store() reads it: may hold secrets.
  const std::string& url() const { return url_; }

 private:
  std::string beside_, url_, shown_;
  std::vector<std::string> secrets_;
};

// "sqlite:///relative.sqlite" and "sqlite:////absolute.sqlite" (as Buildbot and SQLAlchemy write them);
// relative ones are relative to base. "postgresql://..." as libpq reads it; what a server keeps on this
// machine is in $STATE_DIRECTORY (systemd sets it), else in base. nullopt: no such URL can be opened. Throws
// Error, which holds no secret, where a URL of PostgreSQL cannot be read.
std::optional<Address> address_of_url(std::string_view url, const std::string& base);

// Opens or makes the store, for a server. Throws Error with a text for the operator. Results are delivered on
// `io`, which ends with an exception where another server has taken over a PostgreSQL database. metrics:
// counts there, unless null; it outlives the store.
std::unique_ptr<Store> open_store(const asio::any_io_executor& io, const Address& address,
                                  metrics::Registry* metrics = nullptr);

// For a command line beside a server, or without one. Throws Error; also where there is no store yet, or one
// of a newer Carillon.
std::unique_ptr<Store> open_beside(const asio::any_io_executor& io, const Address& address);

// The spool in a PostgreSQL database, which is connected to when it is first used; null: a file has none.
// Throws Error as Address::of_postgres().
std::unique_ptr<spool::Spool> open_spool(const asio::any_io_executor& io, const Address& address);

// Whether there is a store. Throws Error where a server does not say.
bool holds_anything(const Address& address);
// Whether a server works with a PostgreSQL database, wherever it runs; of a file nobody knows: false. Throws
// Error.
bool is_served(const Address& address);

enum class Access {
  existing,
  // As existing where it can be written to; else it is only read, and must be up to date.
  reading,
};
// How long a question of a person may take.
inline constexpr std::chrono::milliseconds patience{5 * 60'000};
// The ledger of the same store, on a connection of its own. most: what takes longer
// is given up. Throws Error.
std::unique_ptr<Ledger> open_ledger(const Address& address, Access access = Access::existing,
                                    std::chrono::milliseconds most = patience);

}  // namespace carillon::store
