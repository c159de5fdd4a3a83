// No question costs more the longer the history is: counted in steps of SQLite's machine, over 60,000 builds.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>

#include "fakes/temp_dir.hpp"
#include "store/sqlite/builds.hpp"
#include "store/sqlite/pruning.hpp"
#include "store/sqlite/sqlite_ledger.hpp"
#include "store/sqlite/writes.hpp"

namespace carillon::store {
namespace {

constexpr int stored_builds = 60'000;
constexpr int stored_builders = 20;
// A list looks at some thousand rows, with a few steps each; the history has 120,000 events.
constexpr std::int64_t most_steps = 200'000;

class CostTest : public testing::Test {
 protected:
  // Made once; each test has a copy.
  static void SetUpTestSuite() {
    made_ = std::make_unique<test::TempDir>();
    Database db(made_->file("d.sqlite"), Database::Access::create);
    db.prepare(R"sql(
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO events (id, source, key, occurrence, kind, at, heard, builder, number, branch, results, bsid,
          decisions, body)
        SELECT 2 * i, 'push', 'builds/' || i || '/finished', '', 1, i, i, 'b' || (i % ?2), i / ?2, 'main', i % 3, i, '[]',
          json_object('builder', json_object('name', 'b' || (i % ?2)), 'number', i / ?2, 'results', i % 3, 'buildid', i,
            'complete', json('true'), 'buildset', json_object('bsid', i),
            'buildrequest', json_object('buildrequestid', i, 'buildsetid', i))
        FROM n)sql")
        .bind(stored_builds)
        .bind(stored_builders)
        .run();
    db.execute(R"sql(
        INSERT INTO events (id, source, key, occurrence, kind, at, heard, bsid, decisions, body)
        SELECT id + 1, source, 'buildsets/' || bsid || '/complete', '', 2, at, heard, bsid, '[]', '{}' FROM events)sql");
    db.execute(R"sql(
        INSERT INTO deliveries (reporter, key, lane, status, rank, event, state, next_at, attempts, created,
          settled_at, target, summary, note, answer, settled)
        SELECT 'mail', key, '', builder, number, id, 1, at, 1, at, at, 'dev@example.org', '', '', '', '[]'
        FROM events WHERE kind = 1)sql");
  }
  static void TearDownTestSuite() { made_.reset(); }
  static std::string copied(const test::TempDir& dir) {
    std::filesystem::copy_file(made_->file("d.sqlite"), dir.file("d.sqlite"));
    return dir.file("d.sqlite");
  }
  // In steps.
  std::int64_t cost(const std::function<void(SqliteLedger&)>& question) {
    const std::int64_t before = db_->steps();
    question(ledger_);
    return db_->steps() - before;
  }
  void expect_cheap(const char* what, const std::function<void(SqliteLedger&)>& question) {
    const std::int64_t steps = cost(question);
    EXPECT_GT(steps, 0) << what << " asks nothing";
    EXPECT_LT(steps, most_steps) << what;
  }

  static inline std::unique_ptr<test::TempDir> made_;
  test::TempDir dir_;
  Database* db_ = new Database(copied(dir_), Database::Access::create);
  SqliteLedger ledger_{std::unique_ptr<Database>(db_)};
};

TEST_F(CostTest, QuestionsOfPages) {
  EXPECT_GT(cost([&](SqliteLedger&) {
              db_->prepare("SELECT count(key) FROM events WHERE source = 'push'").step();
            }),
            most_steps)
      << "what looks at all of them is seen";
  expect_cheap("newest builds",
               [](SqliteLedger& ledger) { EXPECT_EQ(ledger.builds({}).builds.size(), 50U); });
  expect_cheap("builds of no branch", [](SqliteLedger& ledger) {
    BuildsFilter filter;
    filter.branch = "no-such-branch";
    EXPECT_TRUE(ledger.builds(filter).builds.empty());
  });
  expect_cheap("failures of a builder", [](SqliteLedger& ledger) {
    BuildsFilter filter;
    filter.source = "push";
    filter.builder = "b7";
    filter.results = {Results::failure};
    EXPECT_FALSE(ledger.builds(filter).builds.empty());
  });
  expect_cheap("overview", [](SqliteLedger& ledger) {
    EXPECT_EQ(ledger.newest_builds(10, 500, Bodies::left_out, {}).size(), 20U);
  });
  expect_cheap("dead of today", [](SqliteLedger& ledger) { EXPECT_EQ(ledger.dead_since(0), 0U); });
  expect_cheap("backlog", [](SqliteLedger& ledger) { EXPECT_TRUE(ledger.backlog().empty()); });
  expect_cheap("backlog, known", [](SqliteLedger& ledger) {
    EXPECT_EQ(ledger.backlog_of({{"mail", 7, RowId{1}}}).front().oldest, 1);
  });
  expect_cheap("open work", [](SqliteLedger& ledger) { EXPECT_TRUE(ledger.open_work().empty()); });
  expect_cheap("open work, known", [](SqliteLedger& ledger) {
    EXPECT_EQ(ledger.open_work_of({{"mail", 7, RowId{1}}}).front().deliveries, 7U);
  });
  expect_cheap("names", [](SqliteLedger& ledger) {
    EXPECT_EQ(ledger.builders().size(), 20U);
    EXPECT_EQ(ledger.reporters().size(), 1U);
    EXPECT_EQ(ledger.sources().size(), 1U);
  });
}

TEST_F(CostTest, QuestionsAboutOneBuild) {
  expect_cheap("a build by its number", [](SqliteLedger& ledger) {
    BuildName name;
    name.builder = "b7";
    name.number = 100;
    EXPECT_EQ(ledger.events_of(name).size(), 2U) << "its end, and its buildset's";
  });
  expect_cheap("a build by its id", [](SqliteLedger& ledger) {
    BuildName name;
    name.buildid = 2007;
    EXPECT_EQ(ledger.events_of(name).size(), 2U);
  });
  expect_cheap("deliveries of an event",
               [](SqliteLedger& ledger) { EXPECT_EQ(ledger.deliveries_of(4014).size(), 1U); });
  expect_cheap("a posted build, for a bot", [this](SqliteLedger&) {
    BuildsQuery query;
    query.posted_id = 2007;
    query.limit = 10;
    EXPECT_EQ(known_builds(*db_, "push", query).size(), 1U);
  });
}

TEST_F(CostTest, QuestionsAboutDeliveries) {
  const auto newest = std::numeric_limits<std::int64_t>::max();
  for (const DeliveryState state : all_delivery_states) {
    expect_cheap("by state", [&](SqliteLedger& ledger) {
      LedgerFilter filter;
      filter.state = state;
      EXPECT_EQ(ledger.deliveries_before(filter, newest).rows.empty(), state != DeliveryState::delivered);
    });
  }
  expect_cheap("by reporter", [&](SqliteLedger& ledger) {
    LedgerFilter filter;
    filter.reporter = "nobody";
    EXPECT_TRUE(ledger.deliveries_before(filter, newest).rows.empty());
  });
  expect_cheap("by builder", [&](SqliteLedger& ledger) {
    LedgerFilter filter;
    filter.builder = "b7";
    EXPECT_EQ(ledger.deliveries_before(filter, newest).rows.size(), 50U);
  });
}

TEST_F(CostTest, ForgettingWhileSomethingIsOpen) {
  db_->execute("BEGIN");
  db_->prepare("INSERT INTO notifications (event, reporter) VALUES (?, 'mail')")
      .bind(stored_builds / 2)
      .run();
  db_->execute("DELETE FROM deliveries WHERE id <= 1000");
  PruneStep step;
  step.before = stored_builds / 2;
  step.limit = 200;
  std::size_t forgotten = 0;
  for (int i = 0; i < 10; ++i) {
    const std::int64_t before = db_->steps();
    const Pruned done = prune_step(*db_, step);
    EXPECT_LT(db_->steps() - before, most_steps);
    forgotten += done.events;
    step = done.next;
  }
  db_->execute("ROLLBACK");
  EXPECT_GT(forgotten, 0U);
}

}  // namespace
}  // namespace carillon::store
