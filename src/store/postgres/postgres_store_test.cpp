// What the PostgreSQL store promises besides what every store does.
#include "store/postgres/postgres_store.hpp"

#include <gmock/gmock.h>

#include "store/postgres/fake_link.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store::postgres {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

// A server of Carillon with a schema of its own.
class PostgresStoreTest : public StoreCalls {
 protected:
  PostgresStoreTest() { store_ = open_postgres(io_.get_executor(), place_); }

  std::string schema() const { return "test_" + short_hash(path_); }
  std::unique_ptr<Connection> admin() { return std::make_unique<Connection>(place_of_test(path_)); }
  std::int64_t number(const std::string& sql) { return sql_on_postgres(path_, sql).at(0); }
  // Ends all that Carillon has with this schema, as a restart would.
  void cut_connections() {
    admin()->run(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objid = "
        "(hashtext('" +
        schema() + "')::bigint & 4294967295)::oid");
  }
  Result<std::vector<AcceptedEvent>> try_accept(int number) {
    std::vector<NewEvent> events;
    events.push_back(wanted(build_event(number, Results::failure), "mail"));
    return run(io_, store_->accept("ci", std::move(events), nullptr, 5));
  }
  static std::string error_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  Place place_ = place_of_test(path_);
};

TEST_F(PostgresStoreTest, ASecondServerIsRefusedByName) {
  EXPECT_THAT(error_of([&] { open_postgres(io_.get_executor(), place_); }),
              MatchesRegex(
                  "another carillon is running with postgresql://carillon@.*: "
                  "carillon .* \\(process [0-9]+\\); nodes that take over from one another need a lease .*"));
  store_->close();
  store_ = open_postgres(io_.get_executor(), place_);
  EXPECT_TRUE(try_accept(1));
}

TEST_F(PostgresStoreTest, TablesOfOthersAreLeftAlone) {
  const auto refused = [&](const std::string& sql, bool serves) {
    store_->close();
    admin()->run(sql);
    Options options;
    options.serves = serves;
    return error_of([&] { store_ = open_postgres(io_.get_executor(), place_, options); });
  };
  EXPECT_THAT(refused("UPDATE meta SET value = '77' WHERE key = 'schema'", true),
              HasSubstr(" was written by a newer Carillon (schema 77, this one knows 3)"));
  EXPECT_THAT(
      refused("UPDATE meta SET value = '0' WHERE key = 'schema'", false),
      HasSubstr(" was written by an older Carillon (schema 0, this one needs 3); `carillon run` brings"));
  EXPECT_THAT(refused("UPDATE meta SET value = 'other' WHERE key = 'application'", true),
              HasSubstr(" holds tables of another program"));
  EXPECT_THAT(refused("DROP TABLE meta", true), HasSubstr(" holds tables of another program"));
  EXPECT_THAT(refused("DROP SCHEMA " + schema() + " CASCADE; CREATE SCHEMA " + schema(), false),
              HasSubstr(" holds nothing of Carillon's yet: has `carillon run` been started"));
  EXPECT_THAT(refused("DROP SCHEMA " + schema(), true), HasSubstr("names no schema that there is"));
}

TEST_F(PostgresStoreTest, ServersThatCannotServeAreRefused) {
  EXPECT_THAT(error_of([] { Connection(Place("postgresql://bell:s3cret@/d?host=/nonesuch")); }),
              testing::AllOf(HasSubstr("postgresql://bell@/nonesuch/d: connection to server on socket"),
                             HasSubstr("No such file"), Not(HasSubstr("s3cret"))));
  admin()->run("CREATE DATABASE latin_" + schema() +
               " ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
  EXPECT_THAT(
      error_of([this] { Connection(Place(test::PostgresServer::shared().url("latin_" + schema()))); }),
      HasSubstr(" has the encoding LATIN1; Carillon needs UTF8"));
  admin()->run("CREATE ROLE reader_" + schema() + " LOGIN; GRANT USAGE ON SCHEMA " + schema() +
               " TO reader_" + schema());
  store_->close();  // it holds the lock
  const std::string url = test::PostgresServer::shared().url();
  EXPECT_THAT(error_of([&] {
                open_postgres(io_.get_executor(),
                              Place("postgresql://reader_" + schema() + url.substr(url.find('@')) +
                                    "&options=-csearch_path%3D" + schema()));
              }),
              HasSubstr("permission denied for table meta"));
}

TEST_F(PostgresStoreTest, ALostConnectionIsMadeAgain) {
  ASSERT_TRUE(try_accept(1));
  cut_connections();
  const auto accepted = try_accept(2);
  ASSERT_TRUE(accepted) << accepted.error().what;
  EXPECT_EQ(accepted->front().notifications.size(), 1U);
  EXPECT_THAT(error_of([&] { open_postgres(io_.get_executor(), place_); }), HasSubstr("another carillon"));
}

TEST_F(PostgresStoreTest, WhoHasServedMeanwhileEndsThisOne) {
  ASSERT_TRUE(try_accept(1));
  admin()->run("UPDATE meta SET value = value::bigint + 1 WHERE key = 'incarnation'");
  cut_connections();
  EXPECT_THAT(error_of([&] { try_accept(2); }), HasSubstr("another carillon has served"));
  EXPECT_EQ(number("SELECT count(*) FROM events"), 1);
}

// A failover lost what it noted when it began, and somebody else noted that anew.
TEST_F(PostgresStoreTest, WhoHasServedAfterAFailoverEndsThisOne) {
  ASSERT_TRUE(try_accept(1));
  admin()->run("UPDATE meta SET value = value::bigint - 1 WHERE key = 'incarnation'");
  cut_connections();
  open_postgres(io_.get_executor(), place_)->close();
  EXPECT_THAT(error_of([&] { try_accept(2); }), HasSubstr("another carillon has served"));
  EXPECT_EQ(number("SELECT count(*) FROM events"), 1);
}

TEST_F(PostgresStoreTest, OneBadCallHarmsNoOther) {
  admin()->run("INSERT INTO memory VALUES ('bot', 'broken', 'no JSON', 0)");
  bool failed_alone = false;
  asio::co_spawn(io_, store_->recall("bot", ""), [&](const std::exception_ptr&, const auto& found) {
    failed_alone = !found && found.error().kind == Failure::Kind::unreachable;
  });
  EXPECT_TRUE(try_accept(1));
  EXPECT_TRUE(test::run_until(io_, [&] { return failed_alone; }));
}

TEST_F(PostgresStoreTest, AFullDiskIsAnErrorThatPassesAndKeepsTurns) {
  admin()->run(R"sql(
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON files FOR EACH ROW EXECUTE FUNCTION full_disk())sql");
  const Notification large = accept_one(1);
  const Notification small = accept_one(2);
  const auto composed = [this](const Notification& of, Delivery made) {
    return run(io_, store_->compose(of, std::make_shared<const std::vector<Delivery>>(std::vector{made}), 7));
  };
  Delivery with_file = delivery("large");
  with_file.files = {{"a", 1, 1, 0, 0, "a"}};
  const auto first = composed(large, with_file);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(store_->trouble(), "database: could not extend file: No space left on device");
  const auto second = composed(small, delivery("small"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what, "an earlier report of this builder is not stored yet");
  admin()->run("DROP TRIGGER full_disk ON files");
  EXPECT_TRUE(composed(large, with_file));
  EXPECT_EQ(store_->trouble(), std::nullopt);
  EXPECT_TRUE(composed(small, delivery("small")));
}

TEST_F(PostgresStoreTest, LongAndStrangeTextsAreKept) {
  const std::string odd = std::string("nul\0byte", 8) + "\xff" + std::string(5000, 'x');
  NewEvent event = wanted(build_event(1, Results::failure), "mail");
  Event changed = *event.event;
  changed.key = "builds/" + odd + "/finished";
  event.facts.builder = odd;
  event.facts.branch = odd;
  event.event = std::make_shared<const Event>(changed);
  const Notification open = accept({event}).front().notifications.front();
  EXPECT_TRUE(accept({event}).front().duplicate);
  EXPECT_EQ(run(io_, store_->previous("ci", odd, odd, {9})).value()->results, Results::failure);
  EXPECT_EQ(run(io_, store_->builders("ci")).value().size(), 1U);
  Delivery made = delivery(odd, odd, 1);
  made.lane = made.target = made.summary = made.note = odd;
  made.payload = odd;
  const RowId id = compose(open, {made}).front().id;
  EXPECT_EQ(load(id).delivery.payload, odd) << "bytes stay what they are";
  settle(id, DeliveryState::dead, {odd});
  EXPECT_EQ(load(id).delivery.summary.substr(0, 9), "nul\uFFFDbyt");
}

TEST_F(PostgresStoreTest, TextOfTheEventIsKeptOnce) {
  NewEvent event = wanted(build_event(1, Results::failure), "mail");
  Event large = *event.event;
  large.body["log"] = std::string(20'000, 'x');
  large.text = std::make_shared<const ObjectText>(large.body);
  event.event = std::make_shared<const Event>(large);
  Delivery made = delivery("k");
  made.payload = "{\"id\":1," + large.text->text().substr(1);
  const RowId id = compose(accept({event}).front().notifications.front(), {made}).front().id;
  EXPECT_EQ(load(id).delivery.payload, made.payload);
  EXPECT_LT(number("SELECT octet_length(body) FROM payloads"), 100);
}

// A plan that was made while the tables were empty must not read them from end to end for ever.
TEST_F(PostgresStoreTest, NoTableIsReadFromEndToEnd) {
  const auto scans = [this] {
    return number("SELECT sum(seq_scan)::bigint FROM pg_stat_user_tables WHERE schemaname = '" + schema() +
                  "' AND relname IN ('events', 'deliveries', 'payloads', 'attempts', 'files', 'branches')");
  };
  store_->close();  // what a session has counted is known at its end
  const std::int64_t before = scans();
  store_ = open_postgres(io_.get_executor(), place_);
  ASSERT_TRUE(run(io_, store_->deliveries()));
  for (int i = 1; i <= 30; ++i) {
    Delivery of_status = delivery("s" + std::to_string(i), "sha", i);
    of_status.files = {{"f", 1, 1, 0, 0, "f"}};
    const auto made = compose(accept_one(i), {delivery("k" + std::to_string(i)), of_status});
    settle(made[0].id, DeliveryState::delivered);
    ASSERT_TRUE(run(io_, store_->load(made[1].id)));
    ASSERT_TRUE(run(io_, store_->previous("ci", "linux", "main", {i})));
    ASSERT_TRUE(run(io_, store_->buildset("ci", 3, "")));
    ASSERT_TRUE(run(io_, store_->file_uses({"f"})));
    ASSERT_TRUE(run(io_, store_->look()));
  }
  ASSERT_TRUE(run(io_, store_->open_work()));
  ASSERT_TRUE(run(io_, store_->builders("ci")));
  PruneStep step;
  step.before = 8;
  ASSERT_TRUE(run(io_, store_->prune(step)));
  {
    const auto people = std::make_unique<PostgresLedger>(place_, std::chrono::milliseconds(0));
    EXPECT_EQ(people->deliveries({}).size(), 31U);
    for (const DeliveryState state : all_delivery_states) {
      LedgerFilter filter;
      filter.state = state;
      people->deliveries_before(filter, 1'000'000);
    }
    EXPECT_FALSE(people->builds({}).builds.empty());
    EXPECT_FALSE(people->newest_builds(3, 10, Bodies::read, {}).empty());
    EXPECT_EQ(people->drop_all_of("mail", 9).deliveries, 1U);
    people->backlog();
    people->reporters();
    people->last_before(100);
  }
  store_->close();
  EXPECT_EQ(scans(), before);
  store_ = open_postgres(io_.get_executor(), place_);
}

}  // namespace
}  // namespace carillon::store::postgres
