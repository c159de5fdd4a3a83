#include "pipeline/begun.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "fakes/temp_dir.hpp"

namespace carillon::pipeline {
namespace {

class BegunTest : public testing::Test {
 protected:
  static Notification order(RowId id, const std::string& key = "builds/7/finished") {
    auto event = std::make_shared<Event>();
    event->source = "ci";
    event->key = key;
    Notification made;
    made.id = id;
    made.reporter = "mail";
    made.event = event;
    return made;
  }
  static std::string text(const std::vector<Begun::Left>& left) {
    std::string out;
    for (const Begun::Left& one : left)
      out += std::to_string(one.notification) + ":" + std::to_string(one.deaths) + " ";
    return out;
  }

  test::TempDir dir_;
  std::string path_ = dir_.file("c.sqlite.begun");
};

TEST_F(BegunTest, CountsTheDeathsOfWhatWasBeingWorded) {
  for (int life = 1; life <= 3; ++life) {
    Begun begun(path_);
    EXPECT_EQ(begun.deaths(5), life - 1);
    begun.begin(order(5));
    begun.begin(order(life + 10));
    begun.forget(life + 10);
  }
  const Begun begun(path_);
  EXPECT_EQ(text(begun.left()), "5:3 ");
  EXPECT_FALSE(begun.trouble());
}

TEST_F(BegunTest, WhatOnlyHadToBeStoredIsLeftWithoutADeath) {
  {
    Begun begun(path_);
    for (const RowId id : {9, 4, 6})
      begun.begin(order(id));
    begun.worded(4);
    begun.rest(6);  // it is tried again later
  }
  const Begun begun(path_);
  EXPECT_EQ(text(begun.left()), "4:0 9:1 ");
}

TEST_F(BegunTest, WhatIsUnderWayIsNotLeft) {
  {
    Begun(path_).begin(order(5));
  }
  Begun begun(path_);
  ASSERT_EQ(text(begun.left()), "5:1 ");
  begun.take_up(5);
  EXPECT_EQ(text(begun.left()), "");
  begun.rest(5);
  EXPECT_EQ(text(begun.left()), "5:1 ");
}

TEST_F(BegunTest, ACleanEndKeepsOnlyTheDeathsOfBefore) {
  {
    Begun(path_).begin(order(5));
  }
  {
    Begun begun(path_);
    begun.begin(order(5));
    begun.begin(order(6));
    begun.rest_all();
  }
  EXPECT_EQ(text(Begun(path_).left()), "5:1 ");
}

TEST_F(BegunTest, KnowsAnOrderOfAnotherDatabase) {
  {
    Begun(path_).begin(order(5));
  }
  const Begun begun(path_);
  EXPECT_TRUE(begun.same(order(5)));
  EXPECT_FALSE(begun.same(order(5, "builds/8/finished")));
}

TEST_F(BegunTest, ManyAtOnce) {
  constexpr int many = 5000;
  {
    Begun begun(path_);
    for (int id = 1; id <= many; ++id)
      begun.begin(order(id));
    for (int id = 1; id < many; ++id)
      begun.forget(id);
  }
  EXPECT_EQ(text(Begun(path_).left()), std::to_string(many) + ":1 ");
}

TEST_F(BegunTest, NonsenseInTheFileIsNotBelieved) {
  {
    std::ofstream out(path_);
    for (int i = 0; i < 5000; ++i)
      out << "no notes of ours\n";
  }
  {
    Begun begun(path_);
    EXPECT_EQ(text(begun.left()), "");
    begun.begin(order(5));
  }
  EXPECT_EQ(text(Begun(path_).left()), "5:1 ");
}

TEST_F(BegunTest, WithoutAFileNotesAreKeptForThisProcess) {
  std::filesystem::create_directory(path_);
  Begun begun(path_);
  ASSERT_TRUE(begun.trouble());
  EXPECT_NE(begun.trouble()->find("c.sqlite.begun"), std::string::npos);
  begun.begin(order(5));
  EXPECT_EQ(begun.deaths(5), 0);
}

}  // namespace
}  // namespace carillon::pipeline
