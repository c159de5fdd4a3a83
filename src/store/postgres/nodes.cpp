#include "store/postgres/nodes.hpp"

namespace carillon::store::postgres {
// Not by a sequence: after a failover it can give a number again that a node still has whose row was lost.
std::int64_t add_node(Connection& db, const NodeFacts& facts) {
  // Earlier lives of it.
  if (!facts.home.empty())
    db.send("DELETE FROM nodes WHERE home = $1 AND state <> 1", std::move(Parameters().text(facts.home)));
  return db
      .query(R"sql(
          INSERT INTO nodes (id, name, url, program, configuration, home, lease)
          SELECT greatest((extract(epoch FROM clock_timestamp()) * 1000000)::bigint, max(id) + 1),
          $1, $2, $3, $4, $5, $6 FROM nodes RETURNING id)sql",
             std::move(Parameters()
                           .key(facts.name)
                           .text(facts.url)
                           .text(facts.program)
                           .text(facts.configuration)
                           .text(facts.home)
                           .add(facts.lease.count())))
      .front()
      .integer(0);
}

bool has_node(Connection& db, std::int64_t id) {
  return !db.query("SELECT 1 FROM nodes WHERE id = $1 AND state <> 2", of(id)).empty();
}

bool beat(Connection& db, std::int64_t id) {
  return db.query("UPDATE nodes SET beat = beat + 1, heard = clock_timestamp() WHERE id = $1 AND state <> 2",
                  of(id))
             .changed() == 1;
}

bool note_serving(Connection& db, std::int64_t id, std::int64_t process, const std::string& process_began) {
  return db.query(R"sql(
                 UPDATE nodes SET state = 1, beat = beat + 1, heard = clock_timestamp(), process = $2,
                 process_began = $3 WHERE id = $1 AND state <> 2)sql",
                  std::move(Parameters().add(id).add(process).text(process_began)))
             .changed() == 1;
}

void remove_node(Connection& db, std::int64_t id) {
  db.query("DELETE FROM nodes WHERE id = $1", of(id));
}

std::vector<Node> read_nodes(Connection& db) {
  std::vector<Node> nodes;
  for (const Row row : db.query(R"sql(
           SELECT id, name, url, program, configuration, home, state, beat,
           (extract(epoch FROM began) * 1000)::bigint,
           (extract(epoch FROM clock_timestamp() - heard) * 1000)::bigint, lease,
           EXISTS (SELECT 1 FROM meta WHERE key = 'drained ' || nodes.name)
           FROM nodes ORDER BY id)sql")) {
    Node node;
    node.id = row.integer(0);
    node.name = row.text(1);
    node.url = row.text(2);
    node.program = row.text(3);
    node.configuration = row.text(4);
    node.home = row.text(5);
    node.state = static_cast<NodeState>(row.integer(6));
    node.beat = row.integer(7);
    node.began = row.integer(8);
    node.silent = row.integer(9);
    node.lease = std::chrono::milliseconds(row.integer(10));
    node.drained = row.integer(11) != 0;
    nodes.push_back(std::move(node));
  }
  return nodes;
}

std::string risk_of(Connection& db) {
  const Rows standbys = db.query(R"sql(
      SELECT count(*) FROM pg_stat_get_wal_senders() AS sender
      WHERE current_setting('synchronous_standby_names') = '')sql");
  if (standbys.front().integer(0) == 0) return {};
  return "PostgreSQL has standbys and waits for none of them (synchronous_standby_names is empty): a "
         "failover can "
         "lose what was acknowledged just before";
}

std::string nodes_password(Connection& db) {
  return db.query("SELECT value FROM meta WHERE key = 'nodes'").front().text(0);
}

// A node that is down may be one of these names when it comes back: what was said of it can be taken back.
bool note_drained(Connection& db, const std::string& name, bool drained) {
  const std::string key = "drained " + name;
  if (!drained) return db.query("DELETE FROM meta WHERE key = $1", of_key(key)).changed() == 1;
  if (db.query("SELECT 1 FROM nodes WHERE name = $1", of_key(name)).empty()) return false;
  db.query("INSERT INTO meta (key, value) VALUES ($1, '') ON CONFLICT DO NOTHING", of_key(key));
  return true;
}

// The session first: whoever comes while this ends in between finds the row, and goes on with it.
void put_out(Connection& db, const Node& node) {
  db.query(R"sql(
      SELECT pg_terminate_backend(a.pid) FROM nodes n
      JOIN pg_stat_activity a ON a.pid = n.process AND a.backend_start::text = n.process_began
      WHERE n.id = $1 AND n.beat = $2)sql",
           std::move(Parameters().add(node.id).add(node.beat)));
  db.query("UPDATE nodes SET state = 2 WHERE id = $1 AND beat = $2",
           std::move(Parameters().add(node.id).add(node.beat)));
}

void forget_nodes(Connection& db) {
  db.send("DELETE FROM nodes WHERE state <> 1 AND heard < clock_timestamp() - interval '1 day'");
}

void Pulses::see(const std::vector<Node>& nodes, LeaseTime now) {
  const bool gap = now - last_ > longest_gap_;
  last_ = now;
  std::map<std::int64_t, Pulse> seen;
  for (const Node& node : nodes) {
    const auto known = pulses_.find(node.id);
    const bool was_there = known != pulses_.end() && !gap;
    const bool moved = was_there && known->second.beat != node.beat;
    seen[node.id] = was_there && !moved ? known->second : Pulse{node.beat, now, moved};
  }
  pulses_ = std::move(seen);
}

bool Pulses::beats(const Node& node) const {
  const auto known = pulses_.find(node.id);
  return known != pulses_.end() && known->second.moved && silence(node.id) < node.lease;
}

std::chrono::milliseconds Pulses::silence(std::int64_t id) const {
  const auto known = pulses_.find(id);
  if (known == pulses_.end()) return std::chrono::milliseconds(0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(last_ - known->second.since);
}

}  // namespace carillon::store::postgres
