#include "store/cluster.hpp"

#include <algorithm>
#include <ctime>

#include "store/postgres/candidate.hpp"
#include "store/postgres/postgres_store.hpp"

namespace carillon::store {

LeaseTime lease_now() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

const Node* serving_of(const std::vector<Node>& nodes) {
  const auto found = std::ranges::find(nodes, NodeState::serving, &Node::state);
  return found == nodes.end() ? nullptr : &*found;
}

const Node* node_of(const std::vector<Node>& nodes, std::int64_t id) {
  const auto found = std::ranges::find(nodes, id, &Node::id);
  return found == nodes.end() ? nullptr : &*found;
}

namespace {

std::unique_ptr<postgres::Connection> connect_to_nodes(const Address& address) {
  if (address.is_file()) {
    throw Error(address.shown() +
                " is a file, which has one server: several nodes need PostgreSQL (doc/cluster.md)");
  }
  return postgres::connect_beside(postgres::Place(address.url()));
}

}  // namespace

std::vector<Node> nodes_of(const Address& address) {
  return postgres::read_nodes(*connect_to_nodes(address));
}

bool set_drained(const Address& address, const std::string& name, bool drained) {
  return postgres::note_drained(*connect_to_nodes(address), name, drained);
}

std::unique_ptr<Candidate> stand_by(const Address& address, const NodeFacts& facts,
                                    std::function<void()> changed) {
  return std::make_unique<postgres::PostgresCandidate>(postgres::Place(address.url()), facts,
                                                       std::move(changed));
}

std::unique_ptr<Store> open_elected(const asio::any_io_executor& io, Candidate& elected,
                                    metrics::Registry* metrics) {
  postgres::Options options;
  options.metrics = metrics;
  return postgres::open_postgres(io, dynamic_cast<postgres::PostgresCandidate&>(elected).take(), options);
}

}  // namespace carillon::store
