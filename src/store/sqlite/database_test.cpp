// Files that are no database of ours are refused and left as they are.
#include "store/sqlite/database.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "fakes/temp_dir.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace carillon::store {
namespace {

std::string open_error(const std::string& path) {
  try {
    const Database database(path, Database::Access::create);
  } catch (const DatabaseError& error) {
    return error.what();
  }
  return "no error";
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Database, RefusesWhatIsNotItsOwnAndLeavesItAsItIs) {
  const test::TempDir dir;
  std::ofstream(dir.file("text")) << std::string(5000, 'x');
  {
    Database(dir.file("newer"), Database::Access::create).execute("PRAGMA user_version = 999");
  }
  {
    Database(dir.file("other"), Database::Access::create).execute("PRAGMA application_id = 1");
  }
  {
    Database(dir.file("torn"), Database::Access::create);
  }
  std::filesystem::resize_file(dir.file("torn"), 5000);
  const std::pair<const char*, const char*> cases[] = {{"text", "not a database"},
                                                       {"newer", "newer Carillon"},
                                                       {"other", "not one of Carillon's"},
                                                       {"torn", "is damaged"}};
  for (const auto& [name, why] : cases) {
    const std::string before = bytes_of(dir.file(name));
    const std::string said = open_error(dir.file(name));
    EXPECT_NE(said.find(why), std::string::npos) << said;
    EXPECT_NE(said.find(dir.file(name)), std::string::npos) << said;
    EXPECT_EQ(bytes_of(dir.file(name)), before) << name;
    EXPECT_FALSE(std::filesystem::exists(dir.file(name) + std::string("-wal"))) << name;
  }
  EXPECT_EQ(open_error(dir.file("no/such/folder")), "cannot open " + dir.file("no/such/folder") +
                                                        ": the folder " + dir.file("no/such") +
                                                        " does not exist");
  EXPECT_NE(open_error(dir.path()).find("cannot open"), std::string::npos);
}

// Another program's database that is not in WAL mode is not switched to it.
TEST(Database, DoesNotTouchADatabaseOfAnotherProgram) {
  const test::TempDir dir;
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(dir.file("c.sqlite").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE bells (name)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  const std::string before = bytes_of(dir.file("c.sqlite"));
  EXPECT_NE(open_error(dir.file("c.sqlite")).find("not one of Carillon's"), std::string::npos);
  EXPECT_EQ(bytes_of(dir.file("c.sqlite")), before);
}

TEST(Database, FindsDamageInTheMiddle) {
  const test::TempDir dir;
  const std::string path = dir.file("c.sqlite");
  {
    Database mine(path, Database::Access::create);
    for (int i = 0; i < 50; ++i) {
      mine.prepare("INSERT INTO payloads (delivery, body) VALUES (NULL, ?)")
          .bind_blob(std::string(3000, 'x'))
          .run();
    }
  }
  std::string bytes = bytes_of(path);
  for (std::size_t at = bytes.size() / 2; at < bytes.size(); at += 512)
    bytes.replace(at, 300, std::string(300, '\xa5'));
  std::ofstream(path, std::ios::binary) << bytes;
  asio::io_context io;
  try {
    open_sqlite(io.get_executor(), path);
    FAIL() << "opened";
  } catch (const DatabaseError& error) {
    EXPECT_NE(std::string(error.what()).find(path + " is damaged ("), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
  }
  EXPECT_EQ(bytes_of(path), bytes);
}

TEST(Database, AQuestionThatTakesTooLongIsGivenUp) {
  const test::TempDir dir;
  Database db(dir.file("c.sqlite"), Database::Access::create);
  db.limit_time(std::chrono::milliseconds(20));
  constexpr const char* endless =
      "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT count(*) FROM "
      "numbers";
  try {
    db.prepare(endless).step();
    FAIL() << "it has an end";
  } catch (const DatabaseError& error) {
    EXPECT_STREQ(error.what(), "database: the question takes too long");
    EXPECT_FALSE(error.full_or_busy());
  }
  Statement quick = db.prepare("SELECT 7");  // the connection is as good as before
  ASSERT_TRUE(quick.step());
  EXPECT_EQ(quick.integer(0), 7);
}

}  // namespace
}  // namespace carillon::store
