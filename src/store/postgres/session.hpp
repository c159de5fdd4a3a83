// Connections that are known to lead to a database of Carillon's, and the one server that it may have.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "store/cluster.hpp"
#include "store/postgres/connection.hpp"

namespace carillon::store::postgres {

// For whoever reads and writes beside a server. Throws PgError with a text for the operator: no server, no
// database, wrong password, nothing of Carillon's yet, made by a newer or an older one.
std::unique_ptr<Connection> connect_beside(const Place& place);

// Without a look at what is there. Throws PgError.
std::unique_ptr<Connection> connect_to(const Place& place);
// For one of several nodes: how long it waits for an answer, and for a lock.
void be_patient(Connection& db, std::chrono::milliseconds lease);
// Whether there is a table of nodes as this program has it; false: there are no tables, or those of a program
// that knew no nodes. Throws PgError as connect_beside() does for the rest.
bool has_nodes(Connection& db);

// Whether there is anything of Carillon's. Throws PgError as connect_beside() does for the rest.
bool holds_tables(const Place& place);
// The server that has the lock, for people; "": none has. Throws PgError.
std::string holder_of(Connection& db);
// Whether a server serves it now. Throws PgError.
bool is_served(const Place& place);

// The one server of a database. The lock is the session's: while it is held, nobody else serves, and what was
// begun by the session before is decided. Used on one thread.
class Tenure {
 public:
  explicit Tenure(Place place) : place_(std::move(place)) {}
  // Of several nodes (store/cluster.hpp).
  Tenure(Place place, NodeFacts facts) : place_(std::move(place)), facts_(std::move(facts)) {}

  // Of several nodes, the first time: as connect(), but null where it is not the turn of this one, as another
  // one has the lock or has not lost its lease yet. node: its number; 0: it has none yet, as there were no
  // tables.
  std::unique_ptr<Connection> try_connect(std::int64_t node);
  // 0: it is not one of several, or did not connect yet.
  std::int64_t node() const { return node_; }

  // The first time: takes the lock, makes the tables where there are none, brings them up to date. Later,
  // when the connection was lost: takes the lock again. Throws PgError (another server holds it, by name;
  // the rest as connect_beside()) or Superseded.
  std::unique_ptr<Connection> connect();

 private:
  std::unique_ptr<Connection> begin(std::unique_ptr<Connection> db);
  void lock(Connection& db);
  void end_own_ghost(Connection& db);

  Place place_;
  std::optional<NodeFacts> facts_;
  std::int64_t node_ = 0;
  // 0: none yet. No two have the same, also where a failover lost one.
  std::int64_t incarnation_ = 0;
  // The server's process for the last connection, and when it began: it may not know yet that this end is
  // gone.
  std::int64_t process_ = 0;
  std::string process_began_;
};

}  // namespace carillon::store::postgres
