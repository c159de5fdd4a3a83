#include "reporter/irc/irc_names.hpp"

#include <gtest/gtest.h>

namespace carillon::reporter::irc {
namespace {

TEST(IrcNames, FoldAsTheServerSays) {
  EXPECT_EQ(fold("Ann[A]\\~", CaseMapping::ascii), "ann[a]\\~");
  EXPECT_EQ(fold("Ann[A]\\~", CaseMapping::rfc1459), "ann{a}|^");
  EXPECT_EQ(fold("Ann[A]\\~", CaseMapping::strict_rfc1459), "ann{a}|~");
  EXPECT_EQ(fold("\xC3\x84", CaseMapping::rfc1459), "\xC3\x84");
  EXPECT_EQ(fold_ascii("#A[B]"), "#a[b]");
}

TEST(IrcNames, SupportIsReadFromTokens) {
  Support support;
  EXPECT_EQ(support.folded("[A]"), "{a}");
  EXPECT_TRUE(support.is_channel("#a"));
  EXPECT_FALSE(support.is_channel("+a"));
  EXPECT_FALSE(support.is_channel(""));
  support.read({"CASEMAPPING=ascii", "CHANTYPES=#&+", "PREFIX=(qaohv)~&@%+", "CHANMODES=beI,k,l,imn",
                "NICKLEN=9", "NETWORK=x", "NAMESX", "="});
  EXPECT_EQ(support.folded("[A]"), "[a]");
  EXPECT_TRUE(support.is_channel("+a"));
  EXPECT_EQ(support.prefix_modes, "qaohv");
  EXPECT_EQ(support.prefix_symbols, "~&@%+");
  EXPECT_EQ(support.list_modes, "beI");
  EXPECT_EQ(support.key_modes, "k");
  EXPECT_EQ(support.limit_modes, "l");
  EXPECT_EQ(support.nick_length, 9U);
  support.read({"CASEMAPPING=strict-rfc1459", "NICKLEN=x", "PREFIX=(ov)@", "CHANMODES=b", "CHANMODES=b,k"});
  EXPECT_EQ(support.casemapping, CaseMapping::strict_rfc1459);
  EXPECT_EQ(support.nick_length, 9U);
  EXPECT_EQ(support.prefix_symbols, "~&@%+");
  EXPECT_EQ(support.key_modes, "k");
  support.read({"CHANMODES=b,k,l", "PREFIX="});
  EXPECT_EQ(support.limit_modes, "l");
  EXPECT_FALSE(support.is_operator("@"));
}

TEST(IrcNames, OperatorsAreHalfOperatorsAndAbove) {
  Support support;
  EXPECT_TRUE(support.is_operator("@+"));
  EXPECT_FALSE(support.is_operator("+"));
  EXPECT_FALSE(support.is_operator(""));
  EXPECT_FALSE(support.is_operator("%"));
  support.read({"PREFIX=(qaohv)~&@%+"});
  for (const char* symbol : {"~", "&", "@", "%"})
    EXPECT_TRUE(support.is_operator(symbol)) << symbol;
  EXPECT_FALSE(support.is_operator("+"));
}

TEST(IrcNames, NamesThatCannotBeSaidAreFound) {
  EXPECT_TRUE(is_channel_name("#dev"));
  for (const char* bad : {"", "#a b", "#a,b", "#a\n", ":x", "#\x07"})
    EXPECT_FALSE(is_channel_name(bad)) << bad;
  EXPECT_TRUE(is_nick("ann[x]"));
  for (const char* bad : {"", "a b", "a!b", "a@b", "*", "a,b", ":a", "a\r"})
    EXPECT_FALSE(is_nick(bad)) << bad;
  EXPECT_TRUE(is_key("s3cret"));
  for (const char* bad : {"", "a b", "a,b", ":a", "a\r"})
    EXPECT_FALSE(is_key(bad)) << bad;
  EXPECT_FALSE(is_nick(std::string(201, 'x')));
}

TEST(IrcNames, AServerSaysHowManyChannelsAJoinTakes) {
  Support support;
  support.read({"TARGMAX=NAMES:1,LIST:1,JOIN:4,PART:"});
  EXPECT_EQ(support.join_targets, 4U);
  Support other;
  other.read({"TARGMAX=PRIVMSG:3,JOIN:"});
  EXPECT_EQ(other.join_targets, 10U);
  other.read({"TARGMAX=JOIN:100"});
  EXPECT_EQ(other.join_targets, 10U);
  other.read({"TARGMAX=JOIN:2"});
  EXPECT_EQ(other.join_targets, 2U);
}

}  // namespace
}  // namespace carillon::reporter::irc
