// An open database whose file is removed, replaced, cut or overwritten: noticed, whatever SQLite makes of it.
#include "store/sqlite/file_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "fakes/temp_dir.hpp"
#include "store/sqlite/database.hpp"

namespace carillon::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() { fill(database_, 200); }

  static void fill(Database& database, int rows) {
    database.execute("BEGIN IMMEDIATE");
    for (int i = 0; i < rows; ++i) {
      database.prepare("INSERT INTO payloads (delivery, body) VALUES (NULL, ?)")
          .bind_blob(std::string(3000, 'x'))
          .run();
    }
    database.execute("COMMIT");
  }
  static void merge(Database& database) { database.execute("PRAGMA wal_checkpoint(TRUNCATE)"); }

  // What is wrong; "" when nothing is. As the store's thread asks.
  std::string look() {
    std::string wrong;
    try {
      database_.execute("BEGIN IMMEDIATE");
      database_.check_file();
    } catch (const DatabaseError& error) {
      wrong = error.what();
      EXPECT_TRUE(error.full_or_busy()) << "it may be put back";
    }
    try {
      database_.execute("ROLLBACK");
    } catch (const DatabaseError& error) {
      wrong += error.what();
    }
    return wrong;
  }
  // Into the same file, as `cp` does.
  void overwrite(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  test::TempDir dir_;
  std::string path_ = dir_.file("c.sqlite");
  std::string log_ = path_ + "-wal";
  Database database_{path_, Database::Access::create};
};

TEST_F(FileWatchTest, IsNotFooledByWhatSqliteDoes) {
  EXPECT_EQ(look(), "");
  merge(database_);
  EXPECT_EQ(look(), "") << "the -wal file is empty";
  fill(database_, 500);
  EXPECT_EQ(look(), "") << "it grew, and is not merged";
  {
    Database other(path_, Database::Access::existing);
    fill(other, 300);
    merge(other);
    EXPECT_EQ(look(), "") << "another process wrote and merged";
    other.execute("DELETE FROM payloads WHERE delivery > 20");
    other.execute("VACUUM");
  }
  EXPECT_EQ(look(), "");
  merge(database_);
  EXPECT_EQ(look(), "") << "it shrank";
  fill(database_, 300);
  merge(database_);
  EXPECT_EQ(look(), "");
  database_.execute("DELETE FROM payloads WHERE delivery > 20");
  database_.execute("PRAGMA incremental_vacuum(50)");
  EXPECT_EQ(look(), "");
  merge(database_);
  EXPECT_EQ(look(), "") << "it shrank a little";
}

TEST_F(FileWatchTest, MovedAwayAndPutBack) {
  fs::rename(path_, dir_.file("elsewhere"));
  EXPECT_THAT(look(), HasSubstr(path_ + " is gone"));
  fs::rename(dir_.file("elsewhere"), path_);
  EXPECT_EQ(look(), "");
}

TEST_F(FileWatchTest, Removed) {
  fs::remove(path_);
  EXPECT_THAT(look(), HasSubstr(path_ + " is gone"));
}

TEST_F(FileWatchTest, ReplacedByACopyOfItself) {
  merge(database_);
  fs::copy_file(path_, dir_.file("copy"));
  fs::rename(dir_.file("copy"), path_);
  EXPECT_THAT(look(), HasSubstr(path_ + " is another file now"));
}

TEST_F(FileWatchTest, ALinkThatLeadsElsewhere) {
  const std::string link = dir_.file("link.sqlite");
  fs::create_symlink(path_, link);
  Database other(dir_.file("other.sqlite"), Database::Access::create);
  Database named(link, Database::Access::create);
  named.check_file();
  fs::remove(link);
  fs::create_symlink(dir_.file("other.sqlite"), link);
  try {
    named.check_file();
    FAIL() << "not noticed";
  } catch (const DatabaseError& error) {
    EXPECT_THAT(error.what(), HasSubstr(link + " is another file now"));
  }
}

TEST_F(FileWatchTest, Cut) {
  merge(database_);
  ASSERT_EQ(look(), "");
  const std::string whole = bytes();
  fs::resize_file(path_, whole.size() / 2);
  EXPECT_THAT(look(), HasSubstr(path_ + " was cut"));
  overwrite(whole);
  EXPECT_EQ(look(), "") << "put back";
  fs::resize_file(path_, 0);
  EXPECT_THAT(look(), HasSubstr(path_ + " was overwritten"));
}

TEST_F(FileWatchTest, OverwrittenByAnEarlierOrByAnotherDatabase) {
  merge(database_);
  const std::string earlier = bytes();
  fill(database_, 100);
  merge(database_);
  ASSERT_EQ(look(), "");
  const std::string whole = bytes();
  overwrite(earlier);
  EXPECT_THAT(look(), HasSubstr(path_ + " was cut"));
  overwrite(whole.substr(0, 24) + std::string(4, '\0') + whole.substr(28));
  EXPECT_THAT(look(), HasSubstr(path_ + " was put back to an earlier state")) << "the count of changes";
  overwrite(whole);
  EXPECT_EQ(look(), "");
  overwrite(std::string(whole.size(), 'x'));
  EXPECT_THAT(look(), HasSubstr(path_ + " was overwritten"));
  overwrite(whole + std::string(4096, 'x'));
  EXPECT_THAT(look(), HasSubstr(path_ + " was overwritten"));
}

TEST_F(FileWatchTest, WhatIsNotMergedYet) {
  const std::string elsewhere = dir_.file("elsewhere");
  fs::rename(log_, elsewhere);
  EXPECT_THAT(look(), HasSubstr(log_ + " is gone"));
  fs::rename(elsewhere, log_);
  EXPECT_EQ(look(), "");
  const auto size = fs::file_size(log_);
  fs::resize_file(log_, size / 2);
  EXPECT_THAT(look(), HasSubstr(log_ + " was cut or overwritten"));
  fs::resize_file(log_, size);
  fs::resize_file(log_, 0);
  EXPECT_THAT(look(), HasSubstr(log_ + " was cut or overwritten"));
}

TEST_F(FileWatchTest, ADatabaseInMemoryHasNoFile) {
  Database memory(":memory:", Database::Access::create);
  memory.check_file();
  EXPECT_FALSE(fs::exists(":memory:"));
}

TEST(DatabaseRights, OthersMayNotReadIt) {
  const test::TempDir dir;
  const std::string path = dir.file("c.sqlite");
  const auto rights = [&](const char* beside) {
    struct stat facts{};
    return stat((path + beside).c_str(), &facts) == 0 ? static_cast<int>(facts.st_mode & 07777U) : -1;
  };
  const mode_t before = umask(0);
  {
    const Database made(path, Database::Access::create);
    for (const char* beside : {"", "-wal", "-shm"})
      EXPECT_EQ(rights(beside), 0600) << beside;
    for (const char* beside : {"", "-wal", "-shm"})
      ASSERT_EQ(chmod((path + beside).c_str(), 0644), 0) << "as earlier versions left them";
    const Database again(path, Database::Access::create);
    for (const char* beside : {"", "-wal", "-shm"})
      EXPECT_EQ(rights(beside), 0640) << beside << ": the group keeps what it has";
  }
  umask(before);
}

}  // namespace
}  // namespace carillon::store
