// A server that goes away while Carillon runs, and commits of which nobody hears what became.
#include <gmock/gmock.h>

#include "store/postgres/fake_link.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store::postgres {
namespace {

class OutageTest : public StoreCalls {
 protected:
  void open(const std::string& url) { store_ = open_postgres(io_.get_executor(), Place(url)); }
  Result<std::vector<AcceptedEvent>> try_accept(int number) {
    std::vector<NewEvent> events;
    events.push_back(wanted(build_event(number, Results::failure), "mail"));
    return run(io_, store_->accept("ci", std::move(events), nullptr, 5));
  }
};

TEST_F(OutageTest, WhileTheServerIsAwayNothingIsAcknowledgedAndNothingIsLost) {
  test::PostgresServer server;
  open(server.url());
  const Notification before = accept_one(1);
  server.kill();
  const auto refused = try_accept(2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Failure::Kind::throttled) << refused.error().what;
  EXPECT_TRUE(refused.error().retry_after);
  EXPECT_TRUE(store_->trouble());
  server.start();
  Result<std::vector<AcceptedEvent>> accepted;
  const auto until = std::chrono::steady_clock::now() + test::patience;
  do {
    accepted = try_accept(2);
  } while (!accepted && std::chrono::steady_clock::now() < until);
  ASSERT_TRUE(accepted) << accepted.error().what;
  EXPECT_FALSE(accepted->front().duplicate);
  EXPECT_EQ(store_->trouble(), std::nullopt);
  EXPECT_TRUE(compose(before, {delivery("a")}).front().waiting) << "what was acknowledged is there";
  store_->close();  // before the server
}

class LinkTest : public OutageTest {
 protected:
  LinkTest() {
    place_of_test(path_);  // makes the schema
    open("postgresql://carillon@/postgres?host=" + link_.folder() + "&options=-csearch_path%3Dtest_" +
         short_hash(path_));
  }
  ~LinkTest() override { store_->close(); }
  std::int64_t count(const std::string& table) {
    return sql_on_postgres(path_, "SELECT count(*) FROM " + table).at(0);
  }
  static std::string folder_of_server() {
    const std::string url = test::PostgresServer::shared().url();
    return url.substr(url.find("host=") + 5);
  }

  FakeLink link_{folder_of_server()};
};

// The number of the lost transaction is another one's there: what a standby that takes over without it shows.
TEST_F(LinkTest, ACommitThatIsLostWithItsServerIsMadeAgain) {
  accept_one(1);
  link_.cut(FakeLink::Cut::after, [this] {
    postgres::Connection(place_of_test(path_))
        .run(
            "DELETE FROM notifications WHERE event = (SELECT max(id) FROM events);"
            "DELETE FROM events WHERE id = (SELECT max(id) FROM events);"
            "UPDATE writers SET commits = commits - 1 WHERE name = 'server'");
  });
  const auto accepted = try_accept(2);
  EXPECT_TRUE(link_.was_cut());
  ASSERT_TRUE(accepted) << accepted.error().what;
  EXPECT_FALSE(accepted->front().duplicate);
  EXPECT_EQ(count("events"), 2) << "what is acknowledged is stored";
  EXPECT_EQ(count("notifications"), 2);
}

// Numbers of rows that it has in memory may be given to others there.
TEST_F(LinkTest, ADatabaseThatLostWhatWasCommittedIsNotGoneOnWith) {
  accept_one(1);
  link_.cut(FakeLink::Cut::before, [this] {
    postgres::Connection(place_of_test(path_))
        .run("UPDATE writers SET commits = commits - 1 WHERE name = 'server'");
  });
  EXPECT_THROW(try_accept(2), Superseded);
}

class CutTest : public LinkTest, public testing::WithParamInterface<FakeLink::Cut> {};

INSTANTIATE_TEST_SUITE_P(Cuts, CutTest, testing::Values(FakeLink::Cut::before, FakeLink::Cut::after),
                         [](const auto& info) {
                           return info.param == FakeLink::Cut::before ? "before" : "after";
                         });

TEST_P(CutTest, ACommitOfUnknownOutcomeIsNeitherLostNorDoubled) {
  ASSERT_TRUE(run(io_, store_->deliveries()));
  accept_one(1);
  ASSERT_EQ(run(io_, store_->notifications())->notifications.size(), 1U);
  link_.cut(GetParam());
  const auto accepted = try_accept(2);
  EXPECT_TRUE(link_.was_cut());
  ASSERT_TRUE(accepted) << accepted.error().what;
  EXPECT_FALSE(accepted->front().duplicate);
  EXPECT_EQ(count("events"), 2);
  EXPECT_EQ(count("notifications"), 2);
  EXPECT_EQ(run(io_, store_->notifications())->notifications.at(0).id,
            accepted->front().notifications.at(0).id);

  link_.cut(GetParam());
  const auto made = compose(accepted->front().notifications.at(0), {delivery("k")});
  EXPECT_TRUE(link_.was_cut());
  ASSERT_TRUE(made.at(0).waiting);
  EXPECT_EQ(count("deliveries"), 1);
  EXPECT_EQ(run(io_, store_->deliveries())->waiting.at(0).id, made.at(0).id);

  link_.cut(GetParam());
  settle(made.at(0).id, DeliveryState::delivered);
  EXPECT_TRUE(link_.was_cut());
  EXPECT_EQ(load(made.at(0).id).attempts, 1) << "counted once";
  EXPECT_EQ(load(made.at(0).id).state, DeliveryState::delivered);
}

}  // namespace
}  // namespace carillon::store::postgres
