// This server as one of several nodes (doc/cluster.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "settings/configuration.hpp"
#include "store/cluster.hpp"

namespace carillon::server {

// port: on which the web server listens; -1: there is none. lock: the file that this server has locked, which
// says that an earlier life of it is over; "": it could not be locked.
store::NodeFacts node_facts(const settings::Configuration& configuration, int port, const std::string& lock);

// The node, for people: "build7 (http://build7:8020/)".
std::string shown(const store::Node& node);

// What a node has counted in all its lives: it begins anew in its place, as the same process.
struct NodeCounts {
  std::uint64_t takeovers = 0;  // it began to serve
  std::uint64_t fenced = 0;     // it ceased to serve because another node could
};

// How the process was started. To be made before anything takes from the environment.
class Beginning {
 public:
  Beginning();
  // Starts the program again in the place of the process, as it was started. What is open is closed. counts:
  // what the next life goes on with. Throws std::system_error where that cannot be done.
  [[noreturn]] void again(const NodeCounts& counts) const;
  // Of the lives before; all 0 in the first one.
  const NodeCounts& counts() const { return counts_; }
  // This process is such a one: whoever started it does not wait for its exit code.
  bool is_again() const { return is_again_; }

 private:
  std::vector<std::string> arguments_, environment_;
  bool is_again_ = false;
  NodeCounts counts_;
};

}  // namespace carillon::server
