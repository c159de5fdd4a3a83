#include "exec/box.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "fakes/temp_dir.hpp"

namespace carillon::exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class BoxTest : public testing::Test {
 protected:
  Box box(Box::Limits limits = {}, const std::string& url = "http://here/ingest") {
    return {folder(), url, limits, [this](const std::string& text) { said_.push_back(text); }};
  }
  std::filesystem::path folder() const { return std::filesystem::path(temp_.path()) / "state" / "spool"; }

  // The names of what would be sent, in that order.
  static std::vector<std::string> sent_by(Box& box) {
    std::vector<std::string> names;
    while (const auto next = box.oldest()) {
      names.push_back(next->name);
      box.remove(next->name);
    }
    return names;
  }

  test::TempDir temp_;
  std::vector<std::string> said_;
};

TEST_F(BoxTest, GivesTheOldestFirst) {
  Box one = box();
  ASSERT_TRUE(one.put("1700000000002-b", "two\n"));
  ASSERT_TRUE(one.put("1700000000001-a", "one\n"));
  ASSERT_TRUE(one.put("1700000000003-c", "three\nlines\n"));
  Box other = box();
  EXPECT_EQ(other.oldest()->lines, "one\n");
  EXPECT_TRUE(other.has("1700000000002-b"));
  EXPECT_THAT(sent_by(other), ElementsAre("1700000000001-a", "1700000000002-b", "1700000000003-c"));
  EXPECT_FALSE(one.has("1700000000002-b"));
}

TEST_F(BoxTest, NobodyElseMayReadIt) {
  Box one = box();
  ASSERT_TRUE(one.put("1-a", "one\n"));
  struct stat facts{};
  ASSERT_EQ(::stat((folder() / "1-a.report").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(folder().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0700U);
}

TEST_F(BoxTest, ReportsForAnotherServerStay) {
  Box one = box();
  Box there = box({}, "http://there/ingest");
  ASSERT_TRUE(one.put("1-a", "one\n"));
  ASSERT_TRUE(there.put("2-b", "two\n"));
  EXPECT_EQ(one.count().here, 1U);
  EXPECT_EQ(one.count().elsewhere, 1U);
  EXPECT_THAT(sent_by(one), ElementsAre("1-a"));
  EXPECT_THAT(sent_by(there), ElementsAre("2-b"));
}

TEST_F(BoxTest, OneSenderAtATime) {
  Box one = box();
  Box other = box();
  {
    const auto sender = one.become_sender().value();
    EXPECT_TRUE(sender.has_value());
    EXPECT_FALSE(other.become_sender().value().has_value());
  }
  EXPECT_TRUE(other.become_sender().value().has_value());
}

TEST_F(BoxTest, ARunWhoseProcessIsGoneIsReportedAsLost) {
  const pid_t child = ::fork();
  if (child == 0) {
    Box gone = box();
    const bool begun = gone.begin("1-a", "lost\n").has_value();
    ::_exit(begun ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  Box living = box();
  ASSERT_TRUE(living.begin("2-b", "lost, too\n"));
  Box one = box();
  one.adopt_lost();
  EXPECT_EQ(one.oldest()->lines, "lost\n");
  EXPECT_THAT(sent_by(one), ElementsAre("1-a"));
  ASSERT_TRUE(living.put("2-b", "ended\n"));
  one.adopt_lost();
  EXPECT_EQ(one.oldest()->lines, "ended\n");
  EXPECT_THAT(sent_by(one), ElementsAre("2-b"));
}

TEST_F(BoxTest, AReportStandsBeforeWhatWasLeftInCase) {
  Box one = box();
  ASSERT_TRUE(one.put("1-a", "ended\n"));
  std::ofstream(folder() / "1-a.running") << "http://here/ingest\nlost\n";
  one.adopt_lost();
  EXPECT_EQ(one.oldest()->lines, "ended\n");
  EXPECT_THAT(sent_by(one), ElementsAre("1-a"));
}

TEST_F(BoxTest, WhatIsForgottenIsNoReport) {
  Box one = box();
  ASSERT_TRUE(one.begin("1-a", "lost\n"));
  one.forget("1-a");
  one.adopt_lost();
  EXPECT_FALSE(one.oldest().has_value());
}

TEST_F(BoxTest, DropsTheOldestAndSaysSo) {
  Box one = box({3, 1000});
  for (const char* name : {"1-a", "2-b", "3-c"})
    ASSERT_TRUE(one.put(name, "x\n"));
  EXPECT_THAT(said_, IsEmpty());
  ASSERT_TRUE(one.put("4-d", "x\n"));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("1-a")));
  ASSERT_TRUE(one.put("5-e", std::string(970, 'x')));
  EXPECT_THAT(sent_by(one), ElementsAre("4-d", "5-e"));
}

TEST_F(BoxTest, WhatIsRefusedIsKeptAside) {
  Box one = box({2, 1000});
  for (const char* name : {"1-a", "2-b", "3-c"}) {
    ASSERT_TRUE(one.put(name, "x\n"));
    ASSERT_TRUE(one.set_aside(name));
  }
  EXPECT_FALSE(one.oldest().has_value());
  EXPECT_FALSE(std::filesystem::exists(folder() / "refused" / "1-a.report"));
  EXPECT_TRUE(std::filesystem::exists(folder() / "refused" / "3-c.report"));
  EXPECT_EQ(said_.size(), 1U);
}

TEST_F(BoxTest, WhatIsNoWholeReportIsSteppedOverAndSaid) {
  Box one = box();
  ASSERT_TRUE(one.put("2-b", "two\n"));
  std::ofstream(folder() / "1-a.report").flush();
  std::ofstream(folder() / "1-b.report") << "http://here/ingest\n";
  std::ofstream(folder() / "1-c.report") << "\nlines\n";
  std::filesystem::create_directory(folder() / "1-d.report");
  EXPECT_THAT(sent_by(one), ElementsAre("2-b"));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("1-a.report"), HasSubstr("1-b.report"), HasSubstr("1-c.report")));
  EXPECT_FALSE(one.oldest().has_value());
  EXPECT_EQ(said_.size(), 3U) << "once";
  EXPECT_EQ(one.count().here + one.count().elsewhere, 0U);
  EXPECT_TRUE(std::filesystem::exists(folder() / "1-b.report"));
}

TEST_F(BoxTest, WhatCannotBeReadIsSteppedOverAndSaid) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  Box one = box();
  ASSERT_TRUE(one.put("1-a", "one\n"));
  ASSERT_TRUE(one.put("2-b", "two\n"));
  std::ofstream(folder() / "3-c.running") << "http://here/ingest\nlost\n";
  ASSERT_EQ(::chmod((folder() / "1-a.report").c_str(), 0), 0);
  ASSERT_EQ(::chmod((folder() / "3-c.running").c_str(), 0), 0);
  std::ofstream(folder() / "lock").flush();
  ASSERT_EQ(::chmod((folder() / "lock").c_str(), 0), 0);
  Box other = box();
  {
    const auto sender = one.become_sender();
    ASSERT_TRUE(sender) << sender.error().what;
    EXPECT_TRUE(sender->has_value());
    EXPECT_FALSE(other.become_sender().value().has_value());
    one.adopt_lost();
    EXPECT_THAT(sent_by(one), ElementsAre("2-b"));
  }
  EXPECT_THAT(said_, ElementsAre(HasSubstr("3-c.running"), HasSubstr("1-a.report")));
  EXPECT_TRUE(std::filesystem::exists(folder() / "3-c.running"));
}

TEST_F(BoxTest, WhereNothingCanBeSetAsideTheOthersAreSent) {
  Box one = box();
  ASSERT_TRUE(one.put("1-a", "one\n"));
  ASSERT_TRUE(one.put("2-b", "two\n"));
  std::ofstream(folder() / "refused") << "a file";
  const auto moved = one.set_aside("1-a");
  ASSERT_FALSE(moved);
  EXPECT_THAT(moved.error().what, HasSubstr("refused: Not a directory"));
  EXPECT_THAT(sent_by(one), ElementsAre("2-b"));
  EXPECT_TRUE(one.has("1-a"));
}

TEST_F(BoxTest, ALostRunThatCannotBeTakenOverStays) {
  Box one = box();
  ASSERT_TRUE(one.put("2-b", "two\n"));
  std::ofstream(folder() / "1-a.running") << "http://here/ingest\nlost\n";
  std::filesystem::create_directory(folder() / "1-a.report");
  one.adopt_lost();
  EXPECT_TRUE(std::filesystem::exists(folder() / "1-a.running"));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("1-a")));
  EXPECT_THAT(sent_by(one), ElementsAre("2-b"));
  std::filesystem::remove(folder() / "1-a.report");
  Box next = box();
  next.adopt_lost();
  EXPECT_EQ(next.oldest()->lines, "lost\n");
  EXPECT_FALSE(std::filesystem::exists(folder() / "1-a.running"));
}

TEST_F(BoxTest, AFolderThatCannotBeIsAFailure) {
  std::ofstream(std::filesystem::path(temp_.path()) / "state") << "a file";
  Box one = box();
  const auto kept = one.put("1-a", "x\n");
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().what, HasSubstr("state"));
  EXPECT_FALSE(one.begin("1-a", "x\n"));
  EXPECT_FALSE(one.become_sender());
  Box nowhere({}, "http://here/ingest", {}, [](const std::string&) {});
  EXPECT_THAT(nowhere.put("1-a", "x\n").error().what, HasSubstr("--spool"));
}

}  // namespace
}  // namespace carillon::exec
