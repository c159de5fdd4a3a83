// Several nodes with one database: whose turn it is, and how the others are kept out.
#include "store/cluster.hpp"

#include <gmock/gmock.h>

#include "store/postgres/nodes.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store {
namespace {

using postgres::Connection;
using std::chrono::milliseconds;
using testing::HasSubstr;

// So long a test may be without the processor where others run beside it.
constexpr milliseconds test_lease{4000};

TEST(Pulses, ASilenceIsCountedFromTheLastNewBeat) {
  postgres::Pulses pulses(milliseconds(500));
  Node node;
  node.id = 3;
  node.beat = 7;
  LeaseTime now = std::chrono::hours(5);
  pulses.see({node}, now);
  EXPECT_EQ(pulses.silence(3).count(), 0);
  pulses.see({node}, now += milliseconds(400));
  pulses.see({node}, now += milliseconds(400));
  EXPECT_EQ(pulses.silence(3).count(), 800);
  node.beat = 8;
  pulses.see({node}, now += milliseconds(100));
  EXPECT_EQ(pulses.silence(3).count(), 0);
  EXPECT_EQ(pulses.silence(4).count(), 0) << "one that there is not";
}

TEST(Pulses, WhoeverWasNotSeenToBeatDoesNot) {
  postgres::Pulses pulses(milliseconds(500));
  Node node;
  node.id = 3;
  node.beat = 7;
  node.lease = milliseconds(800);
  LeaseTime now = std::chrono::hours(5);
  pulses.see({node}, now);
  EXPECT_FALSE(pulses.beats(node)) << "a row that is left of one that died looks so, too";
  node.beat = 8;
  pulses.see({node}, now += milliseconds(400));
  pulses.see({node}, now += milliseconds(400));
  EXPECT_TRUE(pulses.beats(node));
  pulses.see({node}, now += milliseconds(400));
  EXPECT_FALSE(pulses.beats(node)) << "for its lease";
}

TEST(Pulses, OfATimeWithoutLooksNothingIsKnown) {
  postgres::Pulses pulses(milliseconds(500));
  Node node;
  node.id = 3;
  LeaseTime now = std::chrono::hours(5);
  pulses.see({node}, now);
  pulses.see({node}, now += milliseconds(400));
  pulses.see({node}, now += milliseconds(501));
  EXPECT_EQ(pulses.silence(3).count(), 0) << "the database, or this process, was away";
  pulses.see({node}, now += milliseconds(300));
  EXPECT_EQ(pulses.silence(3).count(), 300);
}

class ClusterTest : public testing::Test {
 protected:
  ClusterTest() : path_(dir_.file("c")), place_(postgres::Place(place_of_test(path_))) {}

  Address address() const {
    const std::string schema = "test_" + short_hash(path_);
    return Address::of_postgres(test::PostgresServer::shared().url() + "&options=-csearch_path%3D" + schema,
                                dir_.file("beside"));
  }
  static NodeFacts facts(const std::string& name, const std::string& home = "") {
    NodeFacts facts;
    facts.name = name;
    facts.url = "http://" + name + ":8020/";
    facts.program = "1.0";
    facts.configuration = "abc";
    facts.home = home;
    facts.lease = test_lease;
    return facts;
  }
  std::unique_ptr<Candidate> stand(const std::string& name, const std::string& home = "") {
    return stand_by(address(), facts(name, home), {});
  }
  static bool becomes(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + test::patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return true;
  }
  static bool elected(const Candidate& candidate) {
    return becomes([&] { return candidate.seen().elected; });
  }
  std::string serving() const {
    const std::vector<Node> nodes = nodes_of(address());
    const Node* node = serving_of(nodes);
    return node == nullptr ? "" : node->name;
  }
  Result<std::vector<AcceptedEvent>> try_accept(Store& store, int number) {
    std::vector<NewEvent> events;
    events.push_back(build_event(number, Results::failure));
    return test::run(io_, store.accept("ci", std::move(events), nullptr, 5));
  }

  test::TempDir dir_;
  std::string path_;
  postgres::Place place_;
  asio::io_context io_;
};

TEST_F(ClusterTest, TheFirstOneServesAndTheOtherStandsBy) {
  const auto first = stand("a");
  ASSERT_TRUE(elected(*first));
  const auto store = open_elected(io_.get_executor(), *first);
  EXPECT_TRUE(store->may_act());
  const auto second = stand("b");
  ASSERT_TRUE(becomes([&] { return second->seen().nodes.size() == 2; }));
  const Candidate::Seen seen = second->seen();
  EXPECT_FALSE(seen.elected);
  EXPECT_EQ(serving_of(seen.nodes)->name, "a");
  EXPECT_EQ(serving_of(seen.nodes)->url, "http://a:8020/");
  EXPECT_EQ(node_of(seen.nodes, seen.self)->name, "b");
  EXPECT_EQ(seen.password.size(), 64U);
  EXPECT_EQ(seen.password, first->seen().password);
  EXPECT_TRUE(try_accept(*store, 1));
  // As long as it beats, however long that is.
  ASSERT_TRUE(test::run_until(io_, [&] {
    return !store->lease()->nodes().empty() &&
           node_of(store->lease()->nodes(), store->lease()->self())->beat > 4;
  }));
  EXPECT_TRUE(store->may_act());
  EXPECT_FALSE(second->seen().elected);
  store->close();
}

TEST_F(ClusterTest, OneThatLeavesIsReplacedAtOnce) {
  const auto first = stand("a");
  ASSERT_TRUE(elected(*first));
  auto store = open_elected(io_.get_executor(), *first);
  const auto second = stand("b");
  ASSERT_TRUE(becomes([&] { return second->seen().nodes.size() == 2; }));
  store->close();
  ASSERT_TRUE(elected(*second));
  EXPECT_EQ(serving(), "b");
  EXPECT_EQ(nodes_of(address()).size(), 1U) << "the row of a went with it";
}

TEST_F(ClusterTest, ACandidateThatLeavesTakesItsRowAlong) {
  auto first = stand("a");
  ASSERT_TRUE(elected(*first));
  auto second = stand("b");
  ASSERT_TRUE(becomes([&] { return second->seen().nodes.size() == 2; }));
  second->leave();
  EXPECT_EQ(nodes_of(address()).size(), 1U);
  first->leave();
  EXPECT_EQ(nodes_of(address()).size(), 0U) << "it was elected and did not begin";
}

TEST_F(ClusterTest, OneThatIsSilentForItsLeaseIsPutOutAndWritesNoMore) {
  const auto first = stand("a");
  ASSERT_TRUE(elected(*first));
  asio::io_context still;  // never runs: as a process that stands still, with its session open
  const auto store = open_elected(still.get_executor(), *first);
  const LeaseTime begin = lease_now();
  const auto second = stand("b");
  ASSERT_TRUE(elected(*second)) << second->seen().trouble.value_or("no trouble");
  EXPECT_GE(lease_now() - begin, test_lease) << "not before the other one's own time is over";
  EXPECT_FALSE(store->may_act());
  EXPECT_EQ(serving(), "b");
  const auto next = open_elected(io_.get_executor(), *second);
  EXPECT_TRUE(try_accept(*next, 1));
  // It wakes. What it writes finds that it was put out, as soon as it has asked the database.
  const auto until = std::chrono::steady_clock::now() + test::patience;
  const auto write = [&] {
    while (std::chrono::steady_clock::now() < until)
      EXPECT_FALSE(test::run(still, store->ping()));
  };
  EXPECT_THROW(write(), Superseded);
  EXPECT_FALSE(store->may_act());
  next->close();
}

TEST_F(ClusterTest, ItsOwnEarlierLifeIsOverForCertain) {
  const auto first = stand("a", "home 1");
  ASSERT_TRUE(elected(*first));
  asio::io_context still;
  const auto store = open_elected(still.get_executor(), *first);
  const auto again = stand("a", "home 1");
  ASSERT_TRUE(elected(*again));
  EXPECT_TRUE(store->may_act()) << "it did not take the lease's time";
  EXPECT_EQ(nodes_of(address()).size(), 1U);
}

TEST_F(ClusterTest, ALostConnectionIsMadeAgainWithinTheLease) {
  const auto first = stand("a");
  ASSERT_TRUE(elected(*first));
  const auto store = open_elected(io_.get_executor(), *first);
  ASSERT_TRUE(try_accept(*store, 1));
  const auto second = stand("b");
  ASSERT_TRUE(becomes([&] { return second->seen().nodes.size() == 2; }));
  Connection(place_).run(
      "SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objid = "
      "(hashtext(current_schema())::bigint & 4294967295)::oid");
  Result<std::vector<AcceptedEvent>> accepted;
  ASSERT_TRUE(test::run_until(io_, [&] {
    accepted = try_accept(*store, 2);
    return accepted.has_value();
  }));
  EXPECT_EQ(serving(), "a");
  EXPECT_FALSE(second->seen().elected);
  store->close();
}

TEST_F(ClusterTest, ADrainedOneServesOnlyWhereNoOtherCan) {
  auto first = stand("a");
  ASSERT_TRUE(elected(*first));
  auto second = stand("b");
  ASSERT_TRUE(becomes([&] { return second->seen().nodes.size() == 2; }));
  EXPECT_FALSE(set_drained(address(), "c", true)) << "there is none";
  EXPECT_TRUE(set_drained(address(), "b", true));
  ASSERT_TRUE(becomes([&] {
    const Candidate::Seen seen = second->seen();
    return node_of(seen.nodes, seen.self)->drained;
  }));
  auto third = stand("c");
  ASSERT_TRUE(becomes([&] { return second->seen().nodes.size() == 3; }));
  first->leave();
  ASSERT_TRUE(elected(*third));
  EXPECT_FALSE(second->seen().elected);
  third->leave();
  ASSERT_TRUE(elected(*second));
  EXPECT_TRUE(set_drained(address(), "b", false));
  EXPECT_FALSE(set_drained(address(), "b", false)) << "it is not drained";
}

TEST_F(ClusterTest, AServerWithoutALeaseIsRefusedBesideOneThatLostItsConnection) {
  const auto first = stand("a");
  ASSERT_TRUE(elected(*first));
  open_elected(io_.get_executor(), *first)->close();
  // Its row, as it is where the connection was lost, and nobody holds the lock.
  const std::int64_t row = postgres::add_node(*std::make_unique<Connection>(place_), facts("a"));
  Connection db(place_);
  ASSERT_TRUE(postgres::note_serving(db, row, 0, ""));
  try {
    postgres::Tenure(place_).connect();
    FAIL() << "it was not refused";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("another carillon serves "));
    EXPECT_THAT(error.what(), HasSubstr("the node a; c['db'] = {..., 'lease': 5}"));
  }
  db.run("UPDATE nodes SET heard = heard - interval '9 seconds'");
  EXPECT_TRUE(postgres::Tenure(place_).connect()) << "it has been dead for long";
}

TEST_F(ClusterTest, TablesOfTheVersionBeforeGetNodes) {
  postgres::Tenure(place_).connect();
  Connection db(place_);
  db.run(
      "DROP TABLE nodes, log_chunks, log_files; DELETE FROM meta WHERE key = 'nodes'; UPDATE meta SET value "
      "= '1' WHERE key = "
      "'schema'");
  const auto candidate = stand("a");
  ASSERT_TRUE(elected(*candidate));
  EXPECT_EQ(db.query("SELECT value::bigint FROM meta WHERE key = 'schema'").front().integer(0), 3);
  EXPECT_EQ(serving(), "a");
}

// In the middle of an upgrade: it has lost its connection, and with it the lock.
TEST_F(ClusterTest, ANodeOfTheVersionBeforeHasItsLease) {
  postgres::Tenure(place_).connect();
  Connection db(place_);
  db.run("DROP TABLE log_chunks, log_files; UPDATE meta SET value = '2' WHERE key = 'schema'");
  ASSERT_TRUE(postgres::note_serving(db, postgres::add_node(db, facts("old")), 0, ""));
  const auto candidate = stand("new");
  ASSERT_TRUE(becomes([&] { return candidate->seen().nodes.size() == 2; }));
  const Candidate::Seen seen = candidate->seen();
  EXPECT_EQ(serving_of(seen.nodes)->name, "old");
  EXPECT_FALSE(seen.elected);
  ASSERT_TRUE(elected(*candidate)) << "after the lease";
  EXPECT_EQ(db.query("SELECT value::bigint FROM meta WHERE key = 'schema'").front().integer(0), 3);
  EXPECT_EQ(serving(), "new");
}

// A failover to a standby sets a sequence back.
TEST_F(ClusterTest, NoNumberIsGivenTwice) {
  postgres::Tenure(place_).connect();
  Connection db(place_);
  const std::int64_t first = postgres::add_node(db, facts("a"));
  db.run("DELETE FROM nodes; ALTER SEQUENCE nodes_id_seq RESTART");
  const std::int64_t second = postgres::add_node(db, facts("b"));
  EXPECT_GT(second, first);
  EXPECT_FALSE(postgres::beat(db, first)) << "by whoever had the row that was lost";
  EXPECT_TRUE(postgres::beat(db, second));
}

TEST_F(ClusterTest, AFileHasNoNodes) {
  const Address file(dir_.file("x.sqlite"));
  EXPECT_THROW(nodes_of(file), Error);
  EXPECT_THROW(set_drained(file, "a", true), Error);
}

}  // namespace
}  // namespace carillon::store
