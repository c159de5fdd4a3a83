// What a folder promises besides what every spool does (store/spool_test.cpp).
#include "spool/folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"

namespace carillon::spool {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

class FolderTest : public testing::Test {
 protected:
  Result<void> write(const std::string& name, const std::string& text) {
    auto writer = spool_.create(name);
    if (auto done = test::run(io_, writer->write_at(0, text)); !done) return done;
    return test::run(io_, writer->finish(text.size()));
  }
  std::string read(const std::string& name, std::uint64_t size) {
    const auto file = test::run(io_, spool_.open(name, size)).value();
    return file == nullptr ? "none" : test::run(io_, file->read(0, size + 10)).value();
  }
  std::vector<std::string> names(Folder& spool) {
    std::vector<std::string> names;
    const auto entries = test::run(io_, spool.entries()).value();
    for (const Spool::Entry& entry : entries)
      names.push_back(entry.name);
    return names;
  }
  bool exists(const std::string& name) { return std::filesystem::exists(spool_.folder() / name); }

  test::TempDir dir_;
  asio::io_context io_;
  Folder spool_{io_.get_executor(), dir_.path() / "spool", 0};
};

TEST_F(FolderTest, IsReadableByItsOwnerOnly) {
  ASSERT_TRUE(write("x", "text"));
  struct stat facts{};
  ASSERT_EQ(::stat((spool_.folder() / "x").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(spool_.folder().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0700U);
}

TEST_F(FolderTest, WhatIsNotFinishedLeavesNothing) {
  {
    auto writer = spool_.create("x");
    ASSERT_TRUE(test::run(io_, writer->write_at(0, "half")));
  }
  EXPECT_TRUE(std::filesystem::is_empty(spool_.folder()));
}

TEST_F(FolderTest, WhatAKilledProcessLeftIsRemoved) {
  std::filesystem::create_directory(spool_.folder());
  std::ofstream(spool_.folder() / "x.part-1") << "half";
  std::ofstream(spool_.folder() / "y") << "whole";
  auto writer = spool_.create("z");
  ASSERT_TRUE(test::run(io_, writer->write_at(0, "under way")));
  EXPECT_THAT(names(spool_), UnorderedElementsAre("y"));
  EXPECT_FALSE(exists("x.part-1"));
  ASSERT_TRUE(test::run(io_, writer->finish(9)));
  EXPECT_EQ(read("z", 9), "under way");
}

TEST_F(FolderTest, OfSeveralWhoWriteThereOnlyWhatIsOldIsRemoved) {
  auto writer = spool_.create("z");
  ASSERT_TRUE(test::run(io_, writer->write_at(0, "under way")));
  std::ofstream(spool_.folder() / "x.part-1") << "half";
  std::ofstream(spool_.folder() / "y.part-1") << "half";
  std::filesystem::last_write_time(spool_.folder() / "y.part-1",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::minutes(61));
  Folder other(io_.get_executor(), spool_.folder(), 0, Folder::Writers::several);
  EXPECT_TRUE(names(other).empty());
  EXPECT_TRUE(exists("x.part-1"));
  EXPECT_FALSE(exists("y.part-1"));
  ASSERT_TRUE(test::run(io_, writer->finish(9)));
  EXPECT_THAT(names(other), UnorderedElementsAre("z"));
}

TEST_F(FolderTest, OneOfSeveralThatIsNoLongerThereIsNotEmpty) {
  const std::filesystem::path path = dir_.path() / "mount" / "spool";
  Folder shared(io_.get_executor(), path, 0, Folder::Writers::several);
  EXPECT_FALSE(test::run(io_, shared.entries())) << "there is no place for it";
  std::filesystem::create_directory(path.parent_path());
  EXPECT_TRUE(names(shared).empty());
  EXPECT_EQ(test::run(io_, shared.open("x", 1)).value(), nullptr);
  std::filesystem::remove(path);  // as if it were not mounted any more
  const auto away = test::run(io_, shared.open("x", 1));
  ASSERT_FALSE(away);
  EXPECT_THAT(away.error().what, HasSubstr("mount/spool of the spool is not there: is it mounted?"));
  EXPECT_FALSE(test::run(io_, shared.entries()));
  EXPECT_FALSE(test::run(io_, shared.create("x")->write_at(0, "text")));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(FolderTest, WhatIsNoFileOfASpoolIsLeftAlone) {
  ASSERT_TRUE(write("a-1", "text"));
  std::ofstream(spool_.folder() / "notes.txt") << "mine";
  EXPECT_THAT(names(spool_), UnorderedElementsAre("a-1"));
  EXPECT_TRUE(exists("notes.txt"));
}

TEST_F(FolderTest, LeavesRoomForTheDatabase) {
  Folder greedy(io_.get_executor(), dir_.path() / "full", ~std::uint64_t{0});
  auto writer = greedy.create("x");
  const auto written = test::run(io_, writer->write_at(0, "x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, Failure::Kind::throttled);
  EXPECT_THAT(written.error().what, HasSubstr("nearly full"));
  EXPECT_TRUE(written.error().retry_after);
}

TEST_F(FolderTest, OneThatCannotBeMadeIsAFailureThatStays) {
  std::ofstream(dir_.path() / "spool") << "a file is in the way";
  const auto written = write("x", "text");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, Failure::Kind::unreachable);
  EXPECT_FALSE(written.error().retry_after);
}

}  // namespace
}  // namespace carillon::spool
