// Several servers of one PostgreSQL database: one of them serves, the others stand by (doc/cluster.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/open.hpp"

namespace carillon::store {

// A monotonic clock that goes on while the machine sleeps.
using LeaseTime = std::chrono::nanoseconds;
LeaseTime lease_now();

// What a server says of itself.
struct NodeFacts {
  // For people; several may have one name.
  std::string name;
  // Where the others reach its web server, ends in '/'; "": nowhere.
  std::string url;
  std::string program;
  // A fingerprint.
  std::string configuration;
  // The same for two lives of one server, and for no other one: a life before this one is over for certain,
  // as this one has its lock. "": not known.
  std::string home;
  // How long it may go on without word from the database.
  std::chrono::milliseconds lease{0};
};

enum class NodeState {
  standby = 0,
  serving = 1,
  // It died, or stood still, and another one took over.
  gone = 2,
};

// One life of a server.
struct Node {
  // The later life has the larger one.
  std::int64_t id = 0;
  std::string name;
  std::string url;
  std::string program;
  std::string configuration;
  std::string home;
  NodeState state = NodeState::standby;
  // Grows while it lives.
  std::int64_t beat = 0;
  // By the clock of the database.
  Millis began = 0;
  // Since the last beat, likewise.
  Millis silent = 0;
  std::chrono::milliseconds lease{0};
  // A person wants it to serve only where no other one can (set_drained()).
  bool drained = false;
};

// Who serves; null: nobody.
const Node* serving_of(const std::vector<Node>& nodes);
const Node* serving_of(std::vector<Node>&& nodes) = delete;
// Null: there is no such number.
const Node* node_of(const std::vector<Node>& nodes, std::int64_t id);
const Node* node_of(std::vector<Node>&& nodes, std::int64_t id) = delete;

// For a command line: all lives that are known, in the order they began. Throws Error; also where the store
// is a file.
std::vector<Node> nodes_of(const Address& address);
// Whether servers of that name may serve; it stays so until it is said otherwise. False: there is no such
// node. Throws Error likewise.
bool set_drained(const Address& address, const std::string& name, bool drained);

// The lease of the server that serves. On the io_context's thread.
class Lease {
 public:
  virtual ~Lease() = default;
  // Until then nobody else serves, for certain.
  virtual LeaseTime until() const = 0;
  // As of the last beat.
  virtual const std::vector<Node>& nodes() const = 0;
  virtual std::int64_t self() const = 0;
  // Whether one of nodes() had a beat within the time of its lease. Where the database's clock was set, beats
  // that were seen to come say so.
  virtual bool lives(const Node& node) const = 0;
  // What a failover of the database could lose, for people; "": nothing is known of that.
  virtual const std::string& risk() const = 0;
};

// A server that stands by, and serves when its turn comes. It looks on a thread of its own.
class Candidate {
 public:
  virtual ~Candidate() = default;

  struct Seen {
    std::vector<Node> nodes;
    // Its own number; 0: none yet.
    std::int64_t self = 0;
    // What nodes show one another; a secret. "": not known yet.
    std::string password;
    // Why the database cannot be asked now.
    std::optional<std::string> trouble;
    // A server that has the database without being a node, for people; "": there is none.
    std::string holder;
    // It is its turn: open_elected() may be called.
    bool elected = false;
  };
  // On any thread.
  virtual Seen seen() const = 0;
  // Stands by no more. Where it was elected and the store was not opened, it gives that back.
  virtual void leave() = 0;
};

// Begins to stand by. changed: called on the candidate's thread after each look that showed something new.
// Throws Error where waiting would not help: another program's tables, a wrong URL, a newer Carillon.
std::unique_ptr<Candidate> stand_by(const Address& address, const NodeFacts& facts,
                                    std::function<void()> changed);

// As open_store(), for a candidate that was elected, and that is over with this. The store keeps its lease
// (Store::lease()): `io` ends with Superseded where another node has taken over.
std::unique_ptr<Store> open_elected(const asio::any_io_executor& io, Candidate& elected,
                                    metrics::Registry* metrics = nullptr);

}  // namespace carillon::store
