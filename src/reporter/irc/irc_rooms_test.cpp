#include "reporter/irc/irc_rooms.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "reporter/irc/irc_line.hpp"

namespace carillon::reporter::irc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RoomsTest : public testing::Test {
 protected:
  RoomsTest() {
    rooms_.want("#a", "#A", "", now_);
    rooms_.want("#b", "#b", "key", now_);
  }
  Rooms rooms_;
  Millis now_ = 1'000'000;
};

TEST_F(RoomsTest, AreAskedForWithTheirKeys) {
  EXPECT_EQ(rooms_.next_at(), now_);
  EXPECT_TRUE(rooms_.entering("#a"));
  EXPECT_THAT(rooms_.ask(now_, 1), ElementsAre("JOIN #b key\r\n", "JOIN #A\r\n"));
  EXPECT_THAT(rooms_.ask(now_, 1), IsEmpty());
  EXPECT_TRUE(rooms_.entering("#a"));
  EXPECT_FALSE(rooms_.inside("#a"));
  rooms_.entered("#a", now_);
  rooms_.entered("#b", now_);
  rooms_.entered("#else", now_);
  EXPECT_TRUE(rooms_.inside("#a"));
  EXPECT_FALSE(rooms_.entering("#a"));
  EXPECT_FALSE(rooms_.wanted("#else"));
  EXPECT_FALSE(rooms_.next_at());
}

TEST_F(RoomsTest, ManyAreAskedForInFewLines) {
  rooms_.want("#c", "#c", "", now_);
  rooms_.want("#d", "#d", "k2", now_);
  EXPECT_THAT(rooms_.ask(now_, 3), ElementsAre("JOIN #b,#d,#A key,k2\r\n", "JOIN #c\r\n"));
  for (int i = 0; i < 40; ++i) {
    const std::string name = "#" + std::to_string(i) + std::string(40, 'x');
    rooms_.want(name, name, "", now_);
  }
  std::size_t channels = 0;
  for (const std::string& line : rooms_.ask(now_, 100)) {
    EXPECT_LE(line.size(), max_line);
    channels += static_cast<std::size_t>(std::count(line.begin(), line.end(), '#'));
  }
  EXPECT_EQ(channels, 40U);
}

TEST_F(RoomsTest, AJoinWithoutAnAnswerIsSaidAgain) {
  rooms_.ask(now_, 1);
  EXPECT_EQ(rooms_.next_at(), now_ + Rooms::answer_time);
  EXPECT_THAT(rooms_.ask(now_ + Rooms::answer_time, 1), ElementsAre("JOIN #b key\r\n", "JOIN #A\r\n"));
}

TEST_F(RoomsTest, AKickIsAnsweredLaterAndLater) {
  rooms_.forget("#b");
  rooms_.ask(now_, 1);
  rooms_.entered("#a", now_);
  Millis wait = Rooms::first_rejoin;
  for (int i = 0; i < 4; ++i) {
    rooms_.left("#a", "kicked by ann: shh", now_);
    EXPECT_EQ(rooms_.trouble("#a"), "kicked by ann: shh");
    EXPECT_FALSE(rooms_.entering("#a"));
    EXPECT_EQ(rooms_.next_at(), now_ + wait);
    EXPECT_THAT(rooms_.ask(now_ + wait - 1, 1), IsEmpty());
    now_ += wait;
    EXPECT_THAT(rooms_.ask(now_, 1), ElementsAre("JOIN #A\r\n"));
    rooms_.entered("#a", now_);
    EXPECT_EQ(rooms_.trouble("#a"), "");
    wait *= 2;
  }
  for (int i = 0; i < 100; ++i)
    rooms_.left("#a", "kicked", now_);
  EXPECT_EQ(rooms_.next_at(), now_ + Rooms::longest_wait);
  // A long stay, and it counts as the first time.
  rooms_.entered("#a", now_);
  now_ += Rooms::calm;
  rooms_.left("#a", "kicked", now_);
  EXPECT_EQ(rooms_.next_at(), now_ + Rooms::first_rejoin);
}

TEST_F(RoomsTest, ARefusalIsTriedAgain) {
  rooms_.ask(now_, 1);
  rooms_.entered("#a", now_);
  rooms_.refused("#a", "late", now_);
  EXPECT_TRUE(rooms_.inside("#a"));
  rooms_.refused("#b", "475 bad key", now_);
  EXPECT_EQ(rooms_.trouble("#b"), "475 bad key");
  EXPECT_EQ(rooms_.next_at(), now_ + Rooms::first_retry);
  // Somebody gives the right key.
  rooms_.want("#b", "#b", "better", now_);
  EXPECT_TRUE(rooms_.entering("#b"));
  EXPECT_THAT(rooms_.ask(now_, 1), ElementsAre("JOIN #b better\r\n"));
}

TEST_F(RoomsTest, ANewConnectionBeginsAnew) {
  rooms_.ask(now_, 1);
  rooms_.entered("#a", now_);
  rooms_.refused("#b", "475 bad key", now_);
  rooms_.reset(now_);
  EXPECT_FALSE(rooms_.inside("#a"));
  EXPECT_THAT(rooms_.ask(now_, 1), ElementsAre("JOIN #b key\r\n", "JOIN #A\r\n"));
}

TEST_F(RoomsTest, NamesAreFoldedAsTheServerSays) {
  rooms_.want("#x{}", "#X[]", "", now_);
  Support support;
  support.read({"CASEMAPPING=ascii"});
  rooms_.refold(support);
  EXPECT_TRUE(rooms_.wanted("#x[]"));
  EXPECT_TRUE(rooms_.wanted("#a"));
  EXPECT_FALSE(rooms_.wanted("#x{}"));
}

}  // namespace
}  // namespace carillon::reporter::irc
