#include "store/postgres/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <thread>

#include "base/host.hpp"
#include "store/postgres/nodes.hpp"
#include "store/postgres/schema.hpp"

namespace carillon::store::postgres {
namespace {

// "carillon build7 (process 4711)": for whoever looks who is connected.
std::string own_name() {
  return "carillon " + host_name().substr(0, 32) + " (process " + std::to_string(getpid()) + ")";
}

// Tables of Carillon's in a schema that comes later in the search_path: somebody has made one with the name
// of the user, say. Whoever made new tables would leave all that is in the others.
void refuse_hidden_tables(Connection& db) {
  const Rows hidden = db.query(R"sql(
      SELECT c.relnamespace::regnamespace::text, current_schema()::text FROM pg_class c
      WHERE c.oid = to_regclass('meta') AND has_table_privilege(c.oid, 'SELECT') AND EXISTS (
      SELECT 1 FROM pg_attribute WHERE attrelid = c.oid AND attname = 'value'))sql");
  if (hidden.empty()) return;
  if (db.query("SELECT 1 FROM meta WHERE key = 'application' AND value = 'carillon'").empty()) return;
  throw PgError(PgError::Kind::other, "",
                db.shown() + " has Carillon's tables in the schema " + hidden.front().text(0) +
                    ", but new ones would go to " + hidden.front().text(1) +
                    ", which comes before it in the search_path of this user: leave one of them there");
}

// The version of the tables; nullopt: there are none.
std::optional<std::int64_t> inspect(Connection& db) {
  const auto refuse = [&db](const std::string& why) {
    throw PgError(PgError::Kind::other, "", db.shown() + why);
  };
  const Rows names = db.query(R"sql(
      SELECT to_regclass(format('%I.meta', current_schema())) IS NOT NULL,
      to_regclass(format('%I.events', current_schema())) IS NOT NULL OR
      to_regclass(format('%I.deliveries', current_schema())) IS NOT NULL)sql");
  if (names.front().integer(0) == 0) {
    if (names.front().integer(1) != 0)
      refuse(" holds tables of another program: give Carillon a database, or a schema, of its own");
    refuse_hidden_tables(db);
    return std::nullopt;
  }
  std::string application;
  std::int64_t version = 0;
  try {
    for (const Row row : db.query("SELECT key, value FROM meta WHERE key IN ('application', 'schema')")) {
      const std::string value = row.text(1);
      if (row.view(0) == "application")
        application = value;
      else
        std::from_chars(value.data(), value.data() + value.size(), version);
    }
  } catch (const PgError& error) {
    if (error.code() != "42703") throw;  // a table of that name with other columns
  }
  if (application != "carillon")
    refuse(" holds tables of another program: give Carillon a database, or a schema, of its own");
  if (version > schema_version) {
    refuse(" was written by a newer Carillon (schema " + std::to_string(version) + ", this one knows " +
           std::to_string(schema_version) + ")");
  }
  return version;
}

void create(Connection& db) {
  db.run(std::string("BEGIN;") + schema_sql + nodes_sql + logs_sql + "COMMIT;");
}

// From one version to the next, up to this program's.
void bring_up_to_date(Connection& db, std::int64_t version) {
  const auto step = [&](int to, const char* sql) {
    if (version >= to) return;
    db.run("BEGIN;" + std::string(sql) + "UPDATE meta SET value = '" + std::to_string(to) +
           "' WHERE key = 'schema'; COMMIT;");
  };
  step(schema_with_nodes, nodes_sql);
  step(3, logs_sql);
}

// As long as others may take over from a node, it need not wait for an answer either. Less is no sign of
// anything on a busy machine.
std::chrono::milliseconds patience_of(std::chrono::milliseconds lease) {
  return std::clamp<std::chrono::milliseconds>(lease, std::chrono::seconds(5), longest_greeting);
}

// Whoever waits for a lock lets no beat through meanwhile.
constexpr int waits_of_a_lease = 3;
constexpr std::chrono::milliseconds longest_wait{10000};

constexpr int lock_attempts = 20;
constexpr std::chrono::milliseconds between_attempts{50};

// The two keys of the lock: Carillon's, and the schema's.
constexpr const char* try_lock = "SELECT pg_try_advisory_lock(1130459753, hashtext(current_schema()))";
constexpr const char* who_holds = R"sql(
    SELECT a.application_name, coalesce(host(a.client_addr), '') FROM pg_locks l
    JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.classid = 1130459753 AND
    l.objid = (hashtext(current_schema())::bigint & 4294967295)::oid AND l.granted AND
    l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1)sql";

// A node that has lost its connection serves until its lease ends.
void refuse_beside_nodes(Connection& db) {
  const std::vector<Node> nodes = read_nodes(db);
  const Node* serving = serving_of(nodes);
  if (serving == nullptr || serving->silent > 2 * serving->lease.count()) return;
  throw PgError(PgError::Kind::other, "",
                "another carillon serves " + db.shown() + ": the node " + serving->name +
                    "; c['db'] = {..., 'lease': 5} makes this one stand by (doc/cluster.md)");
}

// What a session that has prepared a statement says where it is another one, or another client's, too.
bool is_of_another_session(const PgError& error) {
  return error.code() == "26000" || error.code() == "42P05";
}

// A pooler may hand out another session of the server for each transaction. Then the lock of the one server
// is had by whoever comes next, too: two would serve. It shows by what two clients can both lock.
void refuse_shared_session(Connection& db, const Place& place) {
  constexpr const char* try_key = "SELECT pg_try_advisory_lock(1130459754, $1::int)";
  const auto key = [&] { return std::move(Parameters().add(db.process())); };
  bool shared = false;
  try {
    if (db.query("SELECT pg_backend_pid()").front().integer(0) == db.process())
      return;  // there is none between
    if (db.query(try_key, key()).front().integer(0) == 0)
      shared = true;  // of one that had this number before
    Connection other(place);
    shared = shared || other.query(try_key, key()).front().integer(0) != 0;
  } catch (const PgError& error) {
    if (!is_of_another_session(error)) throw;
    shared = true;
  }
  db.run("SELECT pg_advisory_unlock_all()");
  if (!shared) return;
  throw PgError(
      PgError::Kind::other, "",
      db.shown() +
          " is a pooler that hands out another session for each transaction: Carillon needs sessions of its "
          "own. Name PostgreSQL itself in db_url, or a pool in session mode (PgBouncer: pool_mode=session)");
}

std::string text_superseded(const Connection& db) {
  return "another carillon has served " + db.shown() +
         " while this one was silent, as it stood still or had lost its connection";
}

}  // namespace

void be_patient(Connection& db, std::chrono::milliseconds lease) {
  db.limit_silence(patience_of(lease));
  db.limit_waits(std::min(lease / waits_of_a_lease, longest_wait));
}

std::unique_ptr<Connection> connect_to(const Place& place) {
  auto db = std::make_unique<Connection>(place);
  refuse_shared_session(*db, place);
  if (db->query("SELECT current_schema() IS NULL").front().integer(0) != 0) {
    throw PgError(PgError::Kind::other, "",
                  db->shown() +
                      ": the search_path of this user names no schema that there is, or that the user "
                      "may use: there is no place for tables");
  }
  db->query("SELECT set_config('application_name', $1, false)", std::move(Parameters().text(own_name())));
  return db;
}

bool has_nodes(Connection& db) {
  return inspect(db).value_or(0) >= schema_with_nodes;
}

std::unique_ptr<Connection> connect_beside(const Place& place) {
  auto db = connect_to(place);
  const auto version = inspect(*db);
  if (!version) {
    throw PgError(PgError::Kind::other, "",
                  db->shown() + " holds nothing of Carillon's yet: has `carillon run` been started with it?");
  }
  if (*version < schema_version) {
    throw PgError(PgError::Kind::other, "",
                  db->shown() + " was written by an older Carillon (schema " + std::to_string(*version) +
                      ", this one needs " + std::to_string(schema_version) +
                      "); `carillon run` brings it up to date when it starts");
  }
  return db;
}

bool holds_tables(const Place& place) {
  return inspect(*connect_to(place)).has_value();
}

bool is_served(const Place& place) {
  return !holder_of(*connect_to(place)).empty();
}

std::string holder_of(Connection& db) {
  const Rows holder = db.query(who_holds);
  if (holder.empty()) return {};
  const std::string address = holder.front().text(1);
  return holder.front().text(0) + (address.empty() ? "" : ", from " + address);
}

std::unique_ptr<Connection> Tenure::connect() {
  auto db = connect_to(place_);
  if (node_ != 0 && !has_node(*db, node_)) throw Superseded(text_superseded(*db));
  lock(*db);
  return begin(std::move(db));
}

std::unique_ptr<Connection> Tenure::try_connect(std::int64_t node) {
  auto db = connect_to(place_);
  if (db->query(try_lock).front().integer(0) == 0) return nullptr;
  // Whoever lost the lock with its connection may still serve: its lease says so.
  if (has_nodes(*db)) {
    const std::vector<Node> nodes = read_nodes(*db);
    if (serving_of(nodes) != nullptr) return nullptr;
  }
  node_ = node;
  return begin(std::move(db));
}

// It has the lock.
std::unique_ptr<Connection> Tenure::begin(std::unique_ptr<Connection> db) {
  const Rows self =
      db->query("SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()");
  process_ = self.front().integer(0);
  process_began_ = self.front().text(1);
  const auto version = inspect(*db);
  if (!version) {
    if (incarnation_ != 0) {
      throw Superseded(db->shown() +
                       " does not hold what Carillon stored there: it ends here, so that nothing of "
                       "another database is mixed with it");
    }
    create(*db);
  } else if (*version < schema_version) {
    db->limit_silence(std::chrono::milliseconds(0));
    bring_up_to_date(*db, *version);
    db->limit_silence(longest_greeting);
  }
  if (incarnation_ != 0) {
    const Rows now = db->query("SELECT value::bigint FROM meta WHERE key = 'incarnation'");
    if (now.empty() || now.front().integer(0) != incarnation_) throw Superseded(text_superseded(*db));
  }
  if (!facts_ && incarnation_ == 0) refuse_beside_nodes(*db);
  if (facts_) {
    be_patient(*db, facts_->lease);
    if (node_ == 0) node_ = add_node(*db, *facts_);
    if (!note_serving(*db, node_, process_, process_began_)) throw Superseded(text_superseded(*db));
  }
  if (incarnation_ == 0) {
    incarnation_ = db->query(R"sql(
        UPDATE meta SET value = greatest(value::bigint + 1,
          (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)::text
        WHERE key = 'incarnation' RETURNING value::bigint)sql")
                       .front()
                       .integer(0);
  }
  return db;
}

void Tenure::lock(Connection& db) {
  // The session of a process that has just ended may live for a moment.
  for (int attempt = 0; attempt < lock_attempts; ++attempt) {
    if (db.query(try_lock).front().integer(0) != 0) return;
    if (attempt == 0 && process_ != 0) end_own_ghost(db);
    std::this_thread::sleep_for(between_attempts);
  }
  const std::string who = holder_of(db);
  throw PgError(PgError::Kind::other, "",
                "another carillon is running with " + db.shown() + (who.empty() ? "" : ": " + who) +
                    "; nodes that take over from one another need a lease (doc/cluster.md)");
}

void Tenure::end_own_ghost(Connection& db) {
  db.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2",
      std::move(Parameters().add(process_).text(process_began_)));
}

}  // namespace carillon::store::postgres
