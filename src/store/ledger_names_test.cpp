// What people ask the ledger of every store for by name.
#include <gmock/gmock.h>

#include "store/store_kinds_fixture.hpp"

namespace carillon::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LedgerNames : public StoreTest {
 protected:
  LedgerNames() {
    sql(R"sql(
INSERT INTO events (id, source, key, occurrence, kind, at, heard, builder, number, attempt, untold, decisions, body)
VALUES
  (1, 'ci', 'builds/1/finished', '', 1, 0, 0, 'linux', 7, 1, '', '[]', '{}'),
  (2, 'ci', 'builds/2/finished', '', 1, 0, 0, 'mac', 1, 1, '', '[]', '{}'),
  (3, 'push', 'builds/3/finished', '', 1, 0, 0, 'linux', 61, 1, '', '[]', '{}'),
  (4, 'push', 'workers/3/missing', '', 3, 0, 0, NULL, NULL, 1, '', '[]', '{}'))sql");
    sql(R"sql(
INSERT INTO deliveries (id, reporter, key, lane, status, rank, event, state, next_at, attempts, created, settled_at,
    target, summary, note, answer, settled) VALUES
  (1, 'posts', 'a', '', '', 0, 1, 1, 0, 1, 100, 150, 'http://a.example.org/', '', '', 'ok', '[]'),
  (2, 'posts', 'b', '', '', 0, 2, 2, 0, 1, 110, 400, 'http://b.example.org/', '', '', 'no', '[]'),
  (3, 'mails', 'c', '', '', 0, 3, 0, 0, 1, 300, NULL, 'a.example.org', '', '', 'later', '[]'),
  (4, 'mails', 'd', '', '', 0, 1, 0, 0, 0, 200, NULL, 'c_d.example.org', '', '', 'older', '[]'),
  (5, 'posts', 'e', '', '', 0, 2, 2, 0, 1, 120, 130, 'http://b.example.org/', '', '', 'no', '[]'))sql");
    sql("INSERT INTO notifications (event, reporter) VALUES (4, 'bells')");
    ledger_ = ledger();
  }

  std::vector<RowId> ids(const LedgerFilter& filter) {
    std::vector<RowId> found;
    for (const LedgerRow& row : ledger_->deliveries(filter))
      found.push_back(row.id);
    return found;
  }

  std::unique_ptr<Ledger> ledger_;
};

INSTANTIATE_TEST_SUITE_P(Stores, LedgerNames, testing::ValuesIn(store_kinds()),
                         [](const auto& info) { return info.param.name; });

TEST_P(LedgerNames, WhatThereIs) {
  EXPECT_THAT(ledger_->reporters(), ElementsAre("bells", "mails", "posts"));
  EXPECT_THAT(ledger_->builders(), ElementsAre("linux", "mac"));
  EXPECT_EQ(ledger_->numbers_of("linux"), std::pair(std::int64_t{7}, std::int64_t{61}));
  EXPECT_EQ(ledger_->numbers_of("linx"), std::nullopt);
}

TEST_P(LedgerNames, DeliveriesByBuilderTargetAndTime) {
  LedgerFilter filter;
  EXPECT_THAT(ids(filter), ElementsAre(1, 2, 3, 4, 5));
  filter.builder = "linux";
  EXPECT_THAT(ids(filter), ElementsAre(1, 3, 4));
  filter.target = "a.example";
  EXPECT_THAT(ids(filter), ElementsAre(1, 3));
  filter.target = "A.Example";
  EXPECT_THAT(ids(filter), ElementsAre(1, 3)) << "in any case";
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

TEST_P(LedgerNames, WhatWaitsBehindTheFirstOfItsLane) {
  EXPECT_EQ(ledger_->waits_behind(4), 3);
  EXPECT_EQ(ledger_->waits_behind(3), std::nullopt) << "it is the first";
  EXPECT_EQ(ledger_->waits_behind(5), std::nullopt) << "it does not wait";
  EXPECT_EQ(ledger_->waits_behind(99), std::nullopt);
}

TEST_P(LedgerNames, WhatIsNotDelivered) {
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
