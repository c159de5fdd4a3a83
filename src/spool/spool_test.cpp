#include "spool/folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"

namespace carillon::spool {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SpoolTest : public testing::Test {
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
  std::vector<std::string> names() {
    std::vector<std::string> names;
    const auto entries = test::run(io_, spool_.entries()).value();
    for (const Spool::Entry& entry : entries)
      names.push_back(entry.name);
    return names;
  }

  test::TempDir dir_;
  asio::io_context io_;
  Folder spool_{io_.get_executor(), dir_.path() / "spool", 0};
};

TEST_F(SpoolTest, KeepsWhatIsWritten) {
  EXPECT_THAT(names(), IsEmpty());
  ASSERT_TRUE(write("1-2-a", std::string("\0log\n", 5)));
  EXPECT_EQ(read("1-2-a", 5), std::string("\0log\n", 5));
  EXPECT_THAT(names(), UnorderedElementsAre("1-2-a"));
  EXPECT_EQ(test::run(io_, spool_.entries()).value().front().size, 5U);
  ASSERT_TRUE(write("1-2-a", "again"));
  EXPECT_EQ(read("1-2-a", 5), "again");
  struct stat facts{};
  ASSERT_EQ(::stat((spool_.folder() / "1-2-a").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(SpoolTest, PiecesComeInAnyOrderAndTheRestIsCutOff) {
  auto writer = spool_.create("x");
  ASSERT_TRUE(test::run(io_, writer->write_at(5, "world!!")));
  ASSERT_TRUE(test::run(io_, writer->write_at(0, "hello")));
  ASSERT_TRUE(test::run(io_, writer->finish(10)));
  const auto file = test::run(io_, spool_.open("x", 10)).value();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(test::run(io_, file->read(3, 4)).value(), "lowo");
  EXPECT_EQ(test::run(io_, file->read(8, 4)).value(), "ld");
  EXPECT_EQ(test::run(io_, file->read(10, 4)).value(), "");
}

TEST_F(SpoolTest, WhatIsNotFinishedIsNotThere) {
  {
    auto writer = spool_.create("x");
    ASSERT_TRUE(test::run(io_, writer->write_at(0, "half")));
    EXPECT_EQ(read("x", 4), "none");
    EXPECT_THAT(names(), IsEmpty());
  }
  EXPECT_TRUE(std::filesystem::is_empty(spool_.folder()));
}

TEST_F(SpoolTest, WhatAKilledProcessLeftIsRemoved) {
  std::filesystem::create_directory(spool_.folder());
  std::ofstream(spool_.folder() / "x.part-1") << "half";
  std::ofstream(spool_.folder() / "y") << "whole";
  auto writer = spool_.create("z");
  ASSERT_TRUE(test::run(io_, writer->write_at(0, "under way")));
  EXPECT_THAT(names(), UnorderedElementsAre("y"));
  EXPECT_FALSE(std::filesystem::exists(spool_.folder() / "x.part-1"));
  ASSERT_TRUE(test::run(io_, writer->finish(9)));
  EXPECT_EQ(read("z", 9), "under way");
}

TEST_F(SpoolTest, AnotherSizeIsAnotherFile) {
  ASSERT_TRUE(write("x", "12345"));
  EXPECT_EQ(read("x", 4), "none");
  EXPECT_EQ(read("y", 5), "none");
}

TEST_F(SpoolTest, AnOpenFileOutlivesItsRemoval) {
  ASSERT_TRUE(write("x", "still here"));
  const auto file = test::run(io_, spool_.open("x", 10)).value();
  ASSERT_TRUE(test::run(io_, spool_.remove({"x", "never-there"})));
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(test::run(io_, file->read(0, 10)).value(), "still here");
}

TEST_F(SpoolTest, LeavesRoomForTheDatabase) {
  Folder greedy(io_.get_executor(), dir_.path() / "full", ~std::uint64_t{0});
  auto writer = greedy.create("x");
  const auto written = test::run(io_, writer->write_at(0, "x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, Failure::Kind::throttled);
  EXPECT_THAT(written.error().what, HasSubstr("nearly full"));
  EXPECT_TRUE(written.error().retry_after);
}

TEST_F(SpoolTest, AFolderThatCannotBeMadeIsAFailure) {
  std::ofstream(dir_.path() / "spool") << "a file is in the way";
  const auto written = write("x", "text");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, Failure::Kind::unreachable);
}

}  // namespace
}  // namespace carillon::spool
