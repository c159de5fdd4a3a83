// Connections that are known to lead to a database of Carillon's, and the one server that it may have.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/postgres/connection.hpp"

namespace carillon::store::postgres {

// For whoever reads and writes beside a server. Throws PgError with a text for the operator: no server, no
// database, wrong password, nothing of Carillon's yet, made by a newer or an older one.
std::unique_ptr<Connection> connect_beside(const Place& place);

// Whether there is anything of Carillon's. Throws PgError as connect_beside() does for the rest.
bool holds_tables(const Place& place);
// Whether a server serves it now. Throws PgError.
bool is_served(const Place& place);

// Another server has begun meanwhile: what this one has in memory is not what is stored.
class Superseded : public Error {
 public:
  using Error::Error;
};

// The one server of a database. The lock is the session's: while it is held, nobody else serves, and what was
// begun by the session before is decided. Used on one thread.
class Tenure {
 public:
  explicit Tenure(Place place) : place_(std::move(place)) {}

  // The first time: takes the lock, makes the tables where there are none, brings them up to date. Later,
  // when the connection was lost: takes the lock again. Throws PgError (another server holds it, by name;
  // the rest as connect_beside()) or Superseded.
  std::unique_ptr<Connection> connect();

 private:
  void lock(Connection& db);
  void end_own_ghost(Connection& db);

  Place place_;
  // 0: none yet.
  std::int64_t incarnation_ = 0;
  // The server's process for the last connection, and when it began: it may not know yet that this end is
  // gone.
  std::int64_t process_ = 0;
  std::string process_began_;
};

}  // namespace carillon::store::postgres
