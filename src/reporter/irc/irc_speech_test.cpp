#include "reporter/irc/irc_speech.hpp"

#include <gtest/gtest.h>

namespace carillon::reporter::irc {
namespace {

TEST(IrcSpeech, InAChannelTheBotIsAddressedByItsNick) {
  const Support rfc;
  EXPECT_EQ(addressed("bot: status linux", "bot", rfc), "status linux");
  EXPECT_EQ(addressed("  BoT,status ", "bot", rfc), "status");
  EXPECT_EQ(addressed("bot:", "bot", rfc), "");
  EXPECT_EQ(addressed("b{}t: x", "b[]t", rfc), "x");
  for (const char* other :
       {"bot status", "bot", "robot: status", "bots: status", "status", "", ": x", "!status"})
    EXPECT_FALSE(addressed(other, "bot", rfc)) << other;
  EXPECT_FALSE(addressed(": x", "", rfc));
}

TEST(IrcSpeech, AlonePeopleJustSayTheCommand) {
  const Support rfc;
  EXPECT_EQ(confided("status", "bot", rfc), "status");
  EXPECT_EQ(confided(" !status linux ", "bot", rfc), "status linux");
  EXPECT_EQ(confided("bot: status", "bot", rfc), "status");
  EXPECT_EQ(confided("Bot, !status", "bot", rfc), "status");
  EXPECT_EQ(confided("!", "bot", rfc), "!");
  EXPECT_FALSE(confided("  ", "bot", rfc));
  EXPECT_FALSE(confided("bot:", "bot", rfc));
}

TEST(IrcSpeech, ActionsAreAnsweredInKind) {
  const Support rfc;
  EXPECT_EQ(reaction("kicks Bot", "bot", "ann", rfc), "kicks back");
  EXPECT_EQ(reaction("threatens bot", "bot", "ann", rfc), "hosts a red wedding for ann");
  EXPECT_EQ(reaction("gladly hugs bot", "bot", "ann", rfc), "hugs ann too");
  for (const char* other : {"kicks ben", "kicks bot hard", "looks at bot", "bot", "is bot's", ""})
    EXPECT_FALSE(reaction(other, "bot", "ann", rfc)) << other;
}

TEST(IrcSpeech, APingIsSentBack) {
  EXPECT_EQ(pong_for("\x01PING 17 18\x01"), "\x01PING 17 18\x01");
  EXPECT_EQ(pong_for("\x01PING\x01"), "\x01PING\x01");
  for (const std::string other :
       {"PING 17", "\x01PINGS 1\x01", "\x01VERSION\x01", "\x01PING a\x01PING b\x01"})
    EXPECT_FALSE(pong_for(other)) << other;
  EXPECT_FALSE(pong_for("\x01PING " + std::string(100, 'x') + "\x01"));
}

TEST(IrcSpeech, ActionsAreTakenOutOfCtcp) {
  EXPECT_EQ(action_of("\x01"
                      "ACTION kicks bot\x01"),
            "kicks bot");
  EXPECT_EQ(action_of("\x01"
                      "ACTION kicks bot"),
            "kicks bot");
  EXPECT_FALSE(
      action_of("\x01"
                "ACTION\x01"));
  EXPECT_FALSE(
      action_of("\x01"
                "ACTIONS x\x01"));
  EXPECT_FALSE(action_of("ACTION x"));
  EXPECT_TRUE(
      is_ctcp("\x01"
              "VERSION\x01"));
  EXPECT_FALSE(
      is_ctcp("\x01"
              "ACTION x\x01"));
  EXPECT_FALSE(is_ctcp("VERSION"));
}

}  // namespace
}  // namespace carillon::reporter::irc
