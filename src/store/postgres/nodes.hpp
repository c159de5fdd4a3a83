// The rows of nodes: who stands by, who serves, and how one that is silent is put out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/cluster.hpp"
#include "store/postgres/connection.hpp"

namespace carillon::store::postgres {

// How often a node tells that it lives.
inline constexpr int beats_of_a_lease = 6;

// All throw PgError.
std::int64_t add_node(Connection& db, const NodeFacts& facts);
// And was not put out.
bool has_node(Connection& db, std::int64_t id);
// False: it was put out.
bool beat(Connection& db, std::int64_t id);
// process: of the database's server, for the session that has the lock, and when it began. False: the node
// was put out.
bool note_serving(Connection& db, std::int64_t id, std::int64_t process, const std::string& process_began);
void remove_node(Connection& db, std::int64_t id);
std::vector<Node> read_nodes(Connection& db);
// As Lease::risk().
std::string risk_of(Connection& db);
// What nodes show one another.
std::string nodes_password(Connection& db);
// As store::set_drained().
bool note_drained(Connection& db, const std::string& name, bool drained);
// Ends the session by which it could write, then marks its row, so that people see it. Nothing happens where
// it has had a beat since.
void put_out(Connection& db, const Node& node);
// Rows of those that have had no beat for a day.
void forget_nodes(Connection& db);

// For how long each node has had no beat, by a clock of this process alone.
class Pulses {
 public:
  // longest_gap: between two looks. Beyond it the database or this process was not there, and nothing is
  // known of the time between.
  explicit Pulses(std::chrono::milliseconds longest_gap) : longest_gap_(longest_gap) {}

  // A look at `now`.
  void see(const std::vector<Node>& nodes, LeaseTime now);
  // As of the last look; 0 for one that was not there before it.
  std::chrono::milliseconds silence(std::int64_t id) const;
  // Whether it has had a beat since it was seen first, and the last one within the time of its lease.
  bool beats(const Node& node) const;

 private:
  struct Pulse {
    std::int64_t beat = 0;
    LeaseTime since{0};
    bool moved = false;
  };
  std::chrono::milliseconds longest_gap_;
  std::map<std::int64_t, Pulse> pulses_;
  LeaseTime last_{0};
};

}  // namespace carillon::store::postgres
