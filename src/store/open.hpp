// Where a store is, and how it is opened: by URL.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/metrics.hpp"
#include "store/error.hpp"
#include "store/ledger.hpp"
#include "store/store.hpp"

namespace carillon::store {

// What can be opened here: for people ("sqlite:///FILE").
inline constexpr std::string_view known_urls = "sqlite:///FILE";

// "sqlite:///relative.sqlite" and "sqlite:////absolute.sqlite" (as Buildbot and SQLAlchemy write them) to the
// path of the file; relative ones are relative to base. The lock, the control socket and the spool of a
// server lie beside it. nullopt: no such URL can be opened.
std::optional<std::string> path_of_url(std::string_view url, const std::string& base);

// Opens or makes the store at that path of path_of_url(), for a server. Throws Error with a text for the
// operator. Results are delivered on `io`. metrics: counts there, unless null; it outlives the store.
std::unique_ptr<Store> open_store(const asio::any_io_executor& io, const std::string& path,
                                  metrics::Registry* metrics = nullptr);

// For a command line beside a server, or without one. Empty path: nothing is kept, in memory. Throws Error;
// also where there is no store yet, or one of a newer Carillon.
std::unique_ptr<Store> open_beside(const asio::any_io_executor& io, const std::string& path);

enum class Access {
  existing,
  // As existing where it can be written to; else it is only read, and must be up to date.
  reading,
};
// How long a question of a person may take.
inline constexpr std::chrono::milliseconds patience{5 * 60'000};
// The ledger of the same store, on a connection of its own. Empty path: an empty one. most: what takes longer
// is given up. Throws Error.
std::unique_ptr<Ledger> open_ledger(const std::string& path, Access access = Access::existing,
                                    std::chrono::milliseconds most = patience);

}  // namespace carillon::store
