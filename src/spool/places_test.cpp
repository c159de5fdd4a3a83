#include "spool/places.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "spool/folder.hpp"

namespace carillon::spool {
namespace {

class PlacesTest : public testing::Test {
 protected:
  Folder& add(const std::string& name) {
    auto folder = std::make_unique<Folder>(io_.get_executor(), dir_.path() / name, 0);
    Folder& added = *folder;
    places_.push_back(std::move(folder));
    return added;
  }
  void write(Spool& spool, const std::string& name, const std::string& text) {
    const auto writer = spool.create(name);
    ASSERT_TRUE(test::run(io_, writer->write_at(0, text)));
    ASSERT_TRUE(test::run(io_, writer->finish(text.size())));
  }
  std::string read(Spool& spool, const std::string& name, std::uint64_t size) {
    const auto file = test::run(io_, spool.open(name, size)).value();
    return file == nullptr ? "none" : test::run(io_, file->read(0, size)).value();
  }
  std::vector<std::string> names(Spool& spool) {
    std::vector<std::string> names;
    const auto entries = test::run(io_, spool.entries()).value();
    for (const Spool::Entry& entry : entries)
      names.push_back(entry.name + " " + std::to_string(entry.size));
    return names;
  }

  test::TempDir dir_;
  asio::io_context io_;
  std::vector<std::unique_ptr<Spool>> places_;
};

TEST_F(PlacesTest, WhatIsNewGoesToTheFirstAndWhatIsOldIsFound) {
  Folder& now = add("now");
  Folder& before = add("before");
  write(before, "old", "from before");
  write(before, "both", "12");
  write(now, "both", "1234");
  Places places(std::move(places_));
  write(places, "new", "n");
  EXPECT_EQ(read(now, "new", 1), "n");
  EXPECT_EQ(read(places, "new", 1), "n");
  EXPECT_EQ(read(places, "old", 11), "from before");
  EXPECT_EQ(read(places, "both", 4), "1234");
  EXPECT_EQ(read(places, "none", 4), "none");
  EXPECT_THAT(names(places), testing::UnorderedElementsAre("new 1", "both 4", "old 11"));
  ASSERT_TRUE(test::run(io_, places.remove({"old", "both"})));
  EXPECT_THAT(names(places), testing::UnorderedElementsAre("new 1"));
  EXPECT_THAT(names(before), testing::IsEmpty());
}

TEST_F(PlacesTest, OneThatCannotBeReadIsNoEmptyOne) {
  std::ofstream(dir_.path() / "now") << "no folder";
  add("now");
  write(add("before"), "old", "1");
  Places places(std::move(places_));
  EXPECT_FALSE(test::run(io_, places.entries()));
  EXPECT_FALSE(test::run(io_, places.open("x", 1)));
  EXPECT_EQ(read(places, "old", 1), "1");
}

}  // namespace
}  // namespace carillon::spool
