// Copies between stores of both kinds.
#include "store/copy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "store/overlap.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store {
namespace {

using testing::HasSubstr;

Address database_of_copy(const std::string& path) {
  place_of_test(path);  // makes the schema
  return Address::of_postgres(
      test::PostgresServer::shared().url() + "&options=-csearch_path%3Dtest_" + short_hash(path), path);
}

CopyReport copy_all(const Address& from, const Address& to) {
  StoreCopy copy(from, to);
  CopyReport report = copy.run([](const CopiedTable&, std::size_t, std::size_t) {});
  copy.commit();
  return report;
}

std::string copy_error(const Address& from, const Address& to) {
  try {
    copy_all(from, to);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// What a file has, table by table, as text.
std::map<std::string, std::vector<std::string>> content_of(const std::string& path) {
  std::map<std::string, std::vector<std::string>> content;
  Database db(path, Database::Access::existing);
  for (const CopiedTable& table : copied_tables()) {
    const std::string sql = "SELECT quote(" + std::string(table.columns[0].in_file) + ")" +
                            [&table] {
                              std::string more;
                              for (std::size_t i = 1; i < table.columns.size(); ++i)
                                more += " || '|' || quote(\"" + std::string(table.columns[i].in_file) + "\")";
                              return more;
                            }() +
                            " FROM " + std::string(table.name) + " ORDER BY " +
                            column_list(table, true, table.keys);
    Statement rows = db.prepare(sql.c_str());
    while (rows.step())
      content[std::string(table.name)].push_back(rows.text(0));
  }
  Statement numbers = db.prepare("SELECT name || ' ' || seq FROM sqlite_sequence ORDER BY name");
  while (numbers.step())
    content["sqlite_sequence"].push_back(numbers.text(0));
  return content;
}

class CopyTest : public testing::Test {
 protected:
  void fill(const std::string& path) {
    const auto store = open_sqlite(io_.get_executor(), path);
    for (int number = 1; number <= 3; ++number) {
      std::vector<NewEvent> events;
      events.push_back(wanted(build_event(number, Results::failure), "mail"));
      auto accepted = run(io_, store->accept("ci", std::move(events), json::value(number), 5)).value();
      if (number == 3) continue;  // its notification is open
      Delivery made = delivery("key " + std::to_string(number), "status", number);
      made.payload = accepted.front().notifications.front().event->text->text() + "\x01\xff end";
      PayloadFile file;
      file.at = 3;
      file.name = "log-" + std::to_string(number);
      file.size = 100;
      file.label = "stdio";
      made.files.push_back(file);
      auto composed =
          run(io_,
              store->compose(
                  accepted.front().notifications.front(),
                  std::make_shared<const std::vector<Delivery>>(std::vector<Delivery>{std::move(made)}), 7))
              .value();
      Settlement end;
      end.state = number == 1 ? DeliveryState::dead : DeliveryState::waiting;
      end.at = 9;
      end.next_at = 50;
      end.answer = "no \xf0\x9f\x94\x94";
      EXPECT_TRUE(run(io_, store->settle(composed.deliveries.front().id, end)));
    }
    EXPECT_TRUE(run(io_, store->remember("bot", "seen", json::object{{"n", 1}}, 4)));
    store->close();
    Database db(path, Database::Access::existing);
    db.execute(R"sql(
        INSERT INTO silences (builder, branch, tag, result, reporter, target, since, until, why, who, statuses,
          summary, created) VALUES ('linux', '', '', '', '', '', 1, 2, 'noise', 'alice', 0, 1, 1);
        INSERT INTO silenced VALUES (1, 'mail', 'ci', 'linux', 2, 1);
        INSERT INTO pauses VALUES ('mail', 9, 'busy');
        INSERT INTO holds VALUES ('mail', 9, 'holiday', 'alice');
        INSERT INTO changes (what, row, reporter) VALUES ('delivery', 1, 'mail');
        INSERT INTO audit (at, who, address, what, about, reason) VALUES (1, 'alice', '::1', 'drop', '7', 'x'))sql");
  }

  test::TempDir dir_;
  asio::io_context io_;
};

TEST_F(CopyTest, TheListHasAllThatIsStored) {
  const std::string path = dir_.file("c.sqlite");
  std::set<std::string> listed;
  std::set<std::string> listed_in_file;
  for (const CopiedTable& table : copied_tables()) {
    for (const CopiedColumn& column : table.columns) {
      listed.insert(std::string(table.name) + "." + std::string(column.name));
      if (column.in_file != "rowid")
        listed_in_file.insert(std::string(table.name) + "." + std::string(column.in_file));
    }
  }
  std::set<std::string> stored;
  {
    Database db(path, Database::Access::create);
    Statement columns = db.prepare(R"sql(
        SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%')sql");
    while (columns.step())
      stored.insert(columns.text(0));
  }
  EXPECT_EQ(listed_in_file, stored);
  const postgres::Place place = place_of_test(path);
  postgres::Tenure(place).connect();
  stored.clear();
  postgres::Connection db(place);
  for (const postgres::Row row : db.query(R"sql(
           SELECT table_name || '.' || column_name FROM information_schema.columns
           WHERE table_schema = current_schema() AND table_name NOT IN ('meta', 'nodes', 'writers', 'log_files', 'log_chunks') AND
           (table_name, column_name) <> ('events', 'builderid'))sql"))
    stored.insert(row.text(0));
  EXPECT_EQ(listed, stored);
}

TEST_F(CopyTest, ThereAndBackIsTheSame) {
  const std::string first = dir_.file("first.sqlite");
  const std::string second = dir_.file("second.sqlite");
  fill(first);
  // The newest notification is open: numbers must go on behind one that is gone, too.
  Database(first, Database::Access::existing)
      .execute("UPDATE sqlite_sequence SET seq = 70 WHERE name = 'notifications'");
  const auto before = content_of(first);
  for (const CopiedTable& table : copied_tables())
    EXPECT_TRUE(before.contains(std::string(table.name)) || table.name == "attempts") << table.name;
  const Address middle = database_of_copy(dir_.file("middle"));
  const CopyReport there = copy_all(first, middle);
  const CopyReport back = copy_all(middle, second);
  EXPECT_EQ(content_of(second), before);
  EXPECT_EQ(content_of(first), before);
  EXPECT_EQ(there.unkept_count, 0U);
  ASSERT_EQ(there.tables.size(), copied_tables().size());
  for (std::size_t i = 0; i < there.tables.size(); ++i) {
    EXPECT_EQ(there.tables[i].rows,
              std::ssize(before.contains(there.tables[i].table) ? before.at(there.tables[i].table)
                                                                : std::vector<std::string>()));
    EXPECT_EQ(there.tables[i].checksum, back.tables[i].checksum) << there.tables[i].table;
  }
  EXPECT_EQ(there.files, (std::set<std::pair<std::string, std::uint64_t>>{{"log-1", 100}, {"log-2", 100}}));
}

TEST_F(CopyTest, ADatabaseGoesOnWhereTheFileEnded) {
  const std::string path = dir_.file("c.sqlite");
  fill(path);
  const std::string schema = dir_.file("there");
  copy_all(path, database_of_copy(schema));
  const auto sqlite = open_sqlite(io_.get_executor(), path);
  const auto postgres = open_on_postgres(io_.get_executor(), schema);
  const StoredDelivery one = run(io_, sqlite->load(2)).value().value();
  const StoredDelivery other = run(io_, postgres->load(2)).value().value();
  EXPECT_EQ(one.delivery.payload, other.delivery.payload);
  EXPECT_THAT(other.delivery.payload, testing::EndsWith("\x01\xff end"));
  EXPECT_EQ(one.delivery.files.size(), other.delivery.files.size());
  std::vector<RowId> numbers;
  for (Store* store : {sqlite.get(), postgres.get()}) {
    std::vector<NewEvent> events;
    events.push_back(wanted(build_event(9, Results::success), "mail"));
    auto accepted = run(io_, store->accept("ci", std::move(events), nullptr, 5)).value();
    numbers.push_back(accepted.front().notifications.front().event_row);
    numbers.push_back(accepted.front().notifications.front().id);
    store->close();
  }
  EXPECT_EQ(numbers, (std::vector<RowId>{4, 4, 4, 4}));
}

TEST_F(CopyTest, WithoutACommitNothingIsThereAndItCanBeRepeated) {
  const std::string path = dir_.file("c.sqlite");
  fill(path);
  for (const Address& to : {database_of_copy(dir_.file("there")), Address(dir_.file("there.sqlite"))}) {
    {
      StoreCopy(path, to).run([](const CopiedTable&, std::size_t, std::size_t) {});
    }
    copy_all(path, to);
    EXPECT_THAT(copy_error(path, to), HasSubstr("is not empty: events has 3 rows"));
  }
}

TEST_F(CopyTest, RefusesWhatIsServedOrUnknown) {
  const std::string path = dir_.file("c.sqlite");
  fill(path);
  const Address to = database_of_copy(dir_.file("there"));
  {
    const auto served = postgres::open_postgres(io_.get_executor(), place_of_test(dir_.file("there")));
    EXPECT_THAT(copy_error(path, to), HasSubstr("another carillon is running with postgresql://"));
    EXPECT_THAT(copy_error(to, dir_.file("new")),
                HasSubstr("another carillon is running with postgresql://"));
    served->close();
  }
  EXPECT_THAT(copy_error(database_of_copy(dir_.file("none")), dir_.file("new")),
              HasSubstr("holds nothing of Carillon's yet"));
  EXPECT_THAT(copy_error(dir_.file("none.sqlite"), to), HasSubstr("none.sqlite does not exist"));
  EXPECT_FALSE(std::filesystem::exists(dir_.file("none.sqlite")));
  std::ofstream(dir_.file("text")) << std::string(5000, 'x');
  EXPECT_THAT(copy_error(path, dir_.file("text")), HasSubstr("not a database"));
  Database(path, Database::Access::existing).execute("PRAGMA user_version = 999");
  EXPECT_THAT(copy_error(path, to), HasSubstr("was written by a newer Carillon"));
  postgres::Connection(place_of_test(dir_.file("there")))
      .run("UPDATE meta SET value = '999' WHERE key = 'schema'");
  EXPECT_THAT(copy_error(to, dir_.file("new")), HasSubstr("was written by a newer Carillon"));
}

TEST_F(CopyTest, TextsThatCannotBeKeptAreTold) {
  const std::string path = dir_.file("c.sqlite");
  fill(path);
  const std::string long_name(700, 'n');
  std::string payload;
  {
    Database db(path, Database::Access::existing);
    db.execute("UPDATE deliveries SET summary = CAST(x'610062' AS TEXT) WHERE id = 1");
    // As of a body that is long enough to be worth it.
    db.execute(R"sql(
        UPDATE payloads SET body = x'01ff20656e64', head = (SELECT length(CAST(body AS BLOB)) FROM events WHERE
        id = 2) WHERE delivery = 2)sql");
    db.execute("UPDATE events SET body = replace(body, 'main', CAST(x'ff616161' AS TEXT)) WHERE id = 2");
    Statement body = db.prepare("SELECT body FROM events WHERE id = 2");
    ASSERT_TRUE(body.step());
    payload = body.text(0) + "\x01\xff end";
    db.prepare("UPDATE cursors SET source = ?").bind(long_name).run();
  }
  ASSERT_THAT(payload, HasSubstr("\xff"));
  const std::string schema = dir_.file("there");
  const CopyReport report = copy_all(path, database_of_copy(schema));
  std::vector<std::string> told;
  for (const Unkept& one : report.unkept)
    told.push_back(one.where + " " + one.why);
  EXPECT_THAT(told, testing::ElementsAre("events 2: body has bytes that are no UTF-8",
                                         "deliveries 1: summary has a NUL",
                                         "cursors " + long_name + ": source is too long for an index"));
  EXPECT_EQ(report.unkept_count, 3U);
  // What waits is sent as it was worded.
  const auto store = open_on_postgres(io_.get_executor(), schema);
  EXPECT_EQ(run(io_, store->load(2)).value().value().delivery.payload, payload);
  EXPECT_EQ(run(io_, store->load(1)).value().value().delivery.summary,
            "a\xEF\xBF\xBD"
            "b");
  store->close();
}

TEST_F(CopyTest, NumbersThatAreNoneAreNamed) {
  const std::string path = dir_.file("c.sqlite");
  fill(path);
  Database(path, Database::Access::existing).execute("UPDATE deliveries SET rank = 'high' WHERE id = 2");
  EXPECT_THAT(copy_error(path, database_of_copy(dir_.file("there"))),
              HasSubstr("deliveries 2 has no number as its rank"));
}

}  // namespace
}  // namespace carillon::store
