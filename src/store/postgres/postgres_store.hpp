// The store on a PostgreSQL server, of one Carillon at a time.
#pragma once

#include <chrono>
#include <memory>

#include "base/metrics.hpp"
#include "store/postgres/candidate.hpp"
#include "store/postgres/place.hpp"
#include "store/store.hpp"

namespace carillon::store::postgres {

struct Options {
  // Counts there, unless null; it outlives the store.
  metrics::Registry* metrics = nullptr;
  // How often the feed looks for what other processes have changed.
  std::chrono::milliseconds poll{500};
  // The one server of the database: it makes the tables where there are none, and a second one is refused.
  // Else it is for whoever works beside a server.
  bool serves = true;
};

// Throws Error with a text for the operator that holds no secret. Results are delivered on `io`, which ends
// with an exception when another server has taken over the database while the connection was lost.
std::unique_ptr<Store> open_postgres(const asio::any_io_executor& io, const Place& place,
                                     const Options& options = {});
// The same for one of several nodes, with what it won.
std::unique_ptr<Store> open_postgres(const asio::any_io_executor& io, PostgresCandidate::Won won,
                                     const Options& options = {});

}  // namespace carillon::store::postgres
