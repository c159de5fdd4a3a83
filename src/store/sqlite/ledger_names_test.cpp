// What people ask the ledger for by name.
#include <gmock/gmock.h>

#include "fakes/temp_dir.hpp"
#include "store/sqlite/sqlite_ledger.hpp"

namespace carillon::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LedgerNames : public testing::Test {
 protected:
  LedgerNames() {
    auto database = std::make_unique<Database>(dir_.file("c.sqlite"), Database::Access::create);
    database->execute(R"sql(
INSERT INTO events (id, source, key, occurrence, kind, at, heard, builder, number, decisions, body) VALUES
  (1, 'ci', 'builds/1/finished', '', 1, 0, 0, 'linux', 7, '[]', '{}'),
  (2, 'ci', 'builds/2/finished', '', 1, 0, 0, 'mac', 1, '[]', '{}'),
  (3, 'push', 'builds/3/finished', '', 1, 0, 0, 'linux', 61, '[]', '{}'),
  (4, 'push', 'workers/3/missing', '', 3, 0, 0, NULL, NULL, '[]', '{}');
INSERT INTO deliveries (id, reporter, key, lane, status, rank, event, state, next_at, attempts, created, settled_at,
    target, summary, note, answer, settled) VALUES
  (1, 'posts', 'a', '', '', 0, 1, 1, 0, 1, 100, 150, 'http://a.example.org/', '', '', 'ok', '[]'),
  (2, 'posts', 'b', '', '', 0, 2, 2, 0, 1, 110, 400, 'http://b.example.org/', '', '', 'no', '[]'),
  (3, 'mails', 'c', '', '', 0, 3, 0, 0, 1, 300, NULL, 'a.example.org', '', '', 'later', '[]'),
  (4, 'mails', 'd', '', '', 0, 1, 0, 0, 0, 200, NULL, 'c_d.example.org', '', '', 'older', '[]'),
  (5, 'posts', 'e', '', '', 0, 2, 2, 0, 1, 120, 130, 'http://b.example.org/', '', '', 'no', '[]');
INSERT INTO notifications (event, reporter) VALUES (4, 'bells');
)sql");
    ledger_ = std::make_unique<SqliteLedger>(std::move(database));
  }

  std::vector<RowId> ids(const LedgerFilter& filter) {
    std::vector<RowId> found;
    for (const LedgerRow& row : ledger_->deliveries(filter))
      found.push_back(row.id);
    return found;
  }

  test::TempDir dir_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LedgerNames, WhatThereIs) {
  EXPECT_THAT(ledger_->reporters(), ElementsAre("bells", "mails", "posts"));
  EXPECT_THAT(ledger_->builders(), ElementsAre("linux", "mac"));
  EXPECT_EQ(ledger_->numbers_of("linux"), std::pair(std::int64_t{7}, std::int64_t{61}));
  EXPECT_EQ(ledger_->numbers_of("linx"), std::nullopt);
}

TEST_F(LedgerNames, DeliveriesByBuilderTargetAndTime) {
  LedgerFilter filter;
  EXPECT_THAT(ids(filter), ElementsAre(1, 2, 3, 4, 5));
  filter.builder = "linux";
  EXPECT_THAT(ids(filter), ElementsAre(1, 3, 4));
  filter.target = "a.example";
  EXPECT_THAT(ids(filter), ElementsAre(1, 3));
  filter.reporter = "mails";
  EXPECT_THAT(ids(filter), ElementsAre(3));
  filter = {};
  filter.since = 200;
  EXPECT_THAT(ids(filter), ElementsAre(2, 3, 4)) << "made or settled since";
  filter.state = DeliveryState::dead;
  EXPECT_THAT(ids(filter), ElementsAre(2));
  filter = {};
  filter.target = "_";
  EXPECT_THAT(ids(filter), ElementsAre(4)) << "a text, no pattern";
  filter.limit = 0;
  EXPECT_THAT(ids(filter), IsEmpty());
}

TEST_F(LedgerNames, WhatWaitsBehindTheFirstOfItsLane) {
  EXPECT_EQ(ledger_->waits_behind(4), 3);
  EXPECT_EQ(ledger_->waits_behind(3), std::nullopt) << "it is the first";
  EXPECT_EQ(ledger_->waits_behind(5), std::nullopt) << "it does not wait";
  EXPECT_EQ(ledger_->waits_behind(99), std::nullopt);
}

TEST_F(LedgerNames, WhatIsNotDelivered) {
  const auto backlog = ledger_->backlog();
  ASSERT_EQ(backlog.size(), 2U);
  EXPECT_EQ(backlog[0].reporter, "mails");
  EXPECT_EQ(backlog[0].waiting, 2U);
  EXPECT_EQ(backlog[0].dead, 0U);
  EXPECT_EQ(backlog[0].oldest, 200);
  EXPECT_EQ(backlog[0].answer, "older");
  EXPECT_EQ(backlog[1].reporter, "posts");
  EXPECT_EQ(backlog[1].waiting, 0U);
  EXPECT_EQ(backlog[1].dead, 2U);
}

}  // namespace
}  // namespace carillon::store
