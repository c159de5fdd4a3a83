#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_ledger.hpp"
#include "store/sqlite/worker.hpp"
#include "store/sqlite/writes.hpp"
#include "store/store_fixture.hpp"

namespace carillon::store {
namespace {

// Back to version 7.
constexpr const char* without_attempts = R"sql(
DROP INDEX deliveries_unsent;
DROP TABLE holds;
DROP TABLE silences;
DROP TABLE silenced;
DROP TABLE audit;
DROP TRIGGER events_branches;
DROP INDEX events_build;
ALTER TABLE events DROP COLUMN attempt;
ALTER TABLE events DROP COLUMN untold;
ALTER TABLE branches DROP COLUMN attempt;
CREATE INDEX events_build ON events (source, builder, number) WHERE builder IS NOT NULL;
CREATE TRIGGER events_branches AFTER INSERT ON events
  WHEN new.kind = 1 AND new.builder IS NOT NULL AND new.number IS NOT NULL AND new.branch <> '' AND new.results <> 5
BEGIN
  INSERT INTO branches VALUES (new.source, new.builder, new.branch, new.number, new.number, new.id)
    ON CONFLICT (source, builder, branch) DO UPDATE SET
      first = min(first, excluded.first),
      event = CASE WHEN excluded.newest >= newest THEN excluded.event ELSE event END,
      newest = max(newest, excluded.newest);
END;
)sql";
// Back to version 6, from there to version 5, and from there to version 4.
constexpr const char* without_changes = R"sql(
DROP TRIGGER events_branches;
DROP TABLE changes;
ALTER TABLE notifications RENAME TO orders;
CREATE INDEX orders_replayed ON orders (id) WHERE replay <> 0;
ALTER TABLE events RENAME COLUMN source TO master;
ALTER TABLE branches RENAME COLUMN source TO master;
ALTER TABLE cursors RENAME COLUMN source TO master;
)sql";
constexpr const char* without_branches =
    "DROP TABLE branches; "
    "CREATE INDEX events_branch ON events (master, builder, branch, number) WHERE builder IS NOT NULL AND "
    "branch <> ''";
constexpr const char* without_replays = "DROP INDEX orders_replayed; ALTER TABLE orders DROP COLUMN replay";

class SqliteStoreTest : public StoreCalls {
 protected:
  SqliteStoreTest() { open(); }

  void open() { store_ = open_sqlite(io_.get_executor(), path_); }
  void reopen() {
    store_->close();
    open();
  }
};

// What a database of version 5 holds is found by the table that it gets.
TEST_F(SqliteStoreTest, PreviousOnABranchOfLateBuildsAlsoAfterAMigration) {
  const auto look = [&] {
    const auto previous = [&](std::int64_t before, const char* branch) {
      const auto found = run(io_, store_->previous("ci", "linux", branch, {before})).value();
      return found ? found->run.number : 0;
    };
    EXPECT_EQ(previous(100, "main"), 7);
    EXPECT_EQ(previous(7, "main"), 3);
    EXPECT_EQ(previous(3, "main"), 1);
    EXPECT_EQ(previous(1, "main"), 0);
    EXPECT_EQ(previous(100, "dev"), 5);
    EXPECT_EQ(previous(5, "dev"), 2);
    EXPECT_EQ(previous(2, "dev"), 0);
    EXPECT_EQ(previous(100, "other"), 0);
  };
  std::vector<NewEvent> events;
  for (const int number : {3, 7, 1})  // 1 has ended last
    events.push_back(build_event(number, Results::success));
  events.push_back(build_event(9, Results::retry));
  events.push_back(build_event(10, Results::success, "main", false));
  for (const int number : {5, 2})
    events.push_back(build_event(number, Results::failure, "dev"));
  accept(std::move(events));
  look();
  store_->close();
  {
    Database db(path_, Database::Access::existing);
    db.execute(without_attempts);
    db.execute(without_changes);
    db.execute(without_branches);
    db.execute("PRAGMA user_version = 5");
  }
  open();
  look();
  std::vector<NewEvent> later;
  later.push_back(build_event(11, Results::success, "dev"));
  accept(std::move(later));
  EXPECT_EQ(run(io_, store_->previous("ci", "linux", "dev", {100})).value()->run.number, 11);
}

// Version 7 had attempts in the bodies only, and that a start is late in its decisions.
TEST_F(SqliteStoreTest, AttemptsAndLateStartsOfADatabaseOfVersionSevenAreFound) {
  std::vector<NewEvent> events;
  events.push_back(tried_again(42, 3, Results::warnings));
  events.push_back(build_event(42, Results::failure));
  events.push_back(tried_again(42, 2, Results::success));
  events.push_back(tried_again(41, 2, Results::success, "dev"));
  events.push_back(build_event(41, Results::failure, "dev"));
  events.push_back(wanted(build_event(41, Results::failure, "dev", false), "r"));  // late
  accept(std::move(events));
  store_->close();
  {
    Database db(path_, Database::Access::existing);
    db.execute(without_attempts);
    // As its trigger left it: the last one heard.
    db.execute("UPDATE branches SET event = (SELECT max(id) FROM events WHERE branch = branches.branch)");
    for (const char* body : {"no JSON: \"attempt\"", R"({"attempt":"9"})", R"({"a":{"attempt":9}})",
                             R"({"attempt":9223372036854775808})", R"({"attempt":null})"}) {
      db.prepare(
            "INSERT INTO events (source, key, occurrence, kind, at, heard, builder, number, results, "
            "decisions, body) "
            "VALUES ('ci', ?1, '', 1, 0, 0, 'odd', 1, 0, '[]', ?1)")
          .bind(std::string_view(body))
          .run();
    }
    db.execute("PRAGMA user_version = 7");
  }
  open();
  const auto previous = [&](RunNumber before, std::optional<std::string> branch = {}) {
    return run(io_, store_->previous("ci", "linux", std::move(branch), before)).value()->run;
  };
  EXPECT_EQ(previous({43, 1}), (RunNumber{42, 3}));
  EXPECT_EQ(previous({42, 3}), (RunNumber{42, 2}));
  EXPECT_EQ(previous({42, 1}), (RunNumber{41, 2}));
  EXPECT_EQ(previous({43, 1}, "main"), (RunNumber{42, 3}));
  EXPECT_EQ(previous({43, 1}, "dev"), (RunNumber{41, 2}));
  EXPECT_EQ(run(io_, store_->previous("ci", "odd", {}, {2})).value()->run, (RunNumber{1, 1}));
  EXPECT_EQ(run(io_, store_->event(5)).value()->untold, "");
  EXPECT_EQ(run(io_, store_->event(6)).value()->untold, late_start);
  std::vector<NewEvent> late;
  late.push_back(tried_again(41, 1, Results::failure, "dev"));
  late.push_back(tried_again(42, 4, Results::success));
  accept(std::move(late));
  EXPECT_EQ(previous({43, 1}, "dev"), (RunNumber{41, 2}));
  EXPECT_EQ(previous({43, 1}, "main"), (RunNumber{42, 4}));
}

TEST_F(SqliteStoreTest, TextOfTheEventIsKeptOnce) {
  NewEvent event = wanted(build_event(1, Results::failure), "http");
  Event large = *event.event;
  large.body = json::object{{"a", std::string(5000, 'x')}, {"steps", json::array()}, {"b", 1}};
  large.text = std::make_shared<const ObjectText>(large.body);
  event.event = std::make_shared<const Event>(std::move(large));
  std::vector<NewEvent> events;
  events.push_back(std::move(event));
  accept(std::move(events));
  reopen();
  const auto notifications = [this] {
    Database db(path_, Database::Access::existing);
    return open_notifications(db, 0, 10);
  }();
  ASSERT_EQ(notifications.size(), 1U);
  Delivery made = delivery("k");
  made.payload = R"({"a":")" + std::string(5000, 'x') + R"(","b":1})";
  const RowId id = compose(notifications.front(), {made}).front().id;
  reopen();
  EXPECT_EQ(load(id).delivery.payload, made.payload);
  store_->close();
  Database db(path_, Database::Access::existing);
  Statement find = db.prepare("SELECT length(body) FROM payloads");
  ASSERT_TRUE(find.step());
  EXPECT_LT(find.integer(0), 20);
}

TEST_F(SqliteStoreTest, ADatabaseOfVersionTwoKeepsItsDeliveries) {
  const RowId id = compose(accept_one(), {delivery("k")}).front().id;
  store_->close();
  {
    Database db(path_, Database::Access::existing);
    db.execute("ALTER TABLE payloads DROP COLUMN head");
    db.execute("ALTER TABLE payloads DROP COLUMN tail");
    db.execute("DROP TABLE files");
    db.execute(without_attempts);
    db.execute(without_changes);
    db.execute(without_branches);
    db.execute(without_replays);
    db.execute("PRAGMA user_version = 2");
  }
  open();
  EXPECT_EQ(load(id).delivery.payload, std::string("pay\0load", 8));
}

TEST(Database, TakesOverAnOlderOne) {
  const test::TempDir dir;
  {
    Database old(dir.file("c.sqlite"), Database::Access::create);
    old.execute("INSERT INTO cursors (source, cursor) VALUES ('ci', '7')");
    old.execute(
        "DROP TABLE files; DROP TABLE memory; ALTER TABLE payloads DROP COLUMN head; ALTER TABLE payloads "
        "DROP COLUMN tail");
    old.execute(without_attempts);
    old.execute(without_changes);
    old.execute(without_branches);
    old.execute(without_replays);
    old.execute("PRAGMA user_version = 1");
  }
  for (const auto access : {Database::Access::existing, Database::Access::reading}) {
    try {
      Database refused(dir.file("c.sqlite"), access);
      ADD_FAILURE() << "a command may not change it under a server of before";
    } catch (const DatabaseError& error) {
      EXPECT_NE(std::string(error.what()).find("an older Carillon (schema 1, this one needs 9)"),
                std::string::npos)
          << error.what();
    }
  }
  Database now(dir.file("c.sqlite"), Database::Access::create);
  Statement version = now.prepare("PRAGMA user_version");
  ASSERT_TRUE(version.step());
  EXPECT_EQ(version.integer(0), schema_version);
  Statement cursor = now.prepare("SELECT cursor FROM cursors WHERE source = 'ci'");
  ASSERT_TRUE(cursor.step());
  EXPECT_EQ(cursor.text(0), "7");
  EXPECT_NO_THROW(now.execute("INSERT INTO memory (owner, key, value, at) VALUES ('a', 'b', '1', 2)"));
}

TEST(Database, AFullDiskIsAnErrorThatPasses) {
  const test::TempDir dir;
  asio::io_context io;
  auto database = std::make_unique<Database>(dir.file("c.sqlite"), Database::Access::create);
  database->execute("PRAGMA max_page_count = 20");  // SQLite answers SQLITE_FULL, as on a full disk
  Database& raw = *database;
  Meter meter(nullptr);
  Worker worker(io.get_executor(), std::move(database), meter);
  const std::string big(200'000, 'x');
  std::function<void(Database&)> write = [&big](Database& db) {
    db.prepare("INSERT INTO payloads (delivery, body) VALUES (NULL, ?)").bind_blob(big).run();
  };
  const Result<void> full = run(io, worker.perform(write));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, Failure::Kind::throttled);
  EXPECT_NE(meter.trouble().value_or("").find("full"), std::string::npos);
  std::function<void(Database&)> grow = [&raw](Database&) { raw.execute("PRAGMA max_page_count = 100000"); };
  ASSERT_TRUE(run(io, worker.perform(grow)));
  EXPECT_TRUE(meter.trouble()) << "nothing was written yet";
  EXPECT_TRUE(run(io, worker.perform(write)));
  EXPECT_FALSE(meter.trouble());
}

TEST(SqlitePath, ReadsUrlsAsSqlalchemyDoes) {
  EXPECT_EQ(sqlite_path("sqlite:///c.sqlite", "/etc/carillon"), "/etc/carillon/c.sqlite");
  EXPECT_EQ(sqlite_path("sqlite:////var/c.sqlite", "/etc"), "/var/c.sqlite");
  EXPECT_EQ(sqlite_path("postgresql://host/db", ""), std::nullopt);
}

TEST_F(SqliteStoreTest, WhileTheFileIsAwayNothingIsAcknowledged) {
  EXPECT_FALSE(store_->trouble());
  std::filesystem::rename(path_, dir_.file("away"));
  const auto refused =
      run(io_, store_->accept("ci", {wanted(build_event(1, Results::failure), "r")}, nullptr, 5));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Failure::Kind::throttled);
  EXPECT_NE(refused.error().what.find(path_ + " is gone"), std::string::npos) << refused.error().what;
  EXPECT_FALSE(run(io_, store_->ping())) << "the health monitor sees it, too";
  EXPECT_TRUE(store_->trouble());
  std::filesystem::rename(dir_.file("away"), path_);
  EXPECT_EQ(accept({wanted(build_event(1, Results::failure), "r")}).front().notifications.size(), 1U);
  EXPECT_FALSE(store_->trouble());
}

}  // namespace
}  // namespace carillon::store
