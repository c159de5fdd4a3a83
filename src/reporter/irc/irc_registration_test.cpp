#include "reporter/irc/irc_registration.hpp"

#include <gmock/gmock.h>

#include "base/encoding.hpp"

namespace carillon::reporter::irc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using State = Registration::State;

class RegistrationTest : public testing::Test {
 protected:
  std::vector<std::string> hear(const std::string& text) { return registration_.hear(parse(text).value()); }

  Identity identity_{"bot", "carillon", "Carillon of example.org", Secret("s3cret")};
  Registration registration_{identity_};
};

TEST_F(RegistrationTest, AServerOfOldJustAnswers001) {
  EXPECT_THAT(registration_.start(), ElementsAre("CAP LS 302\r\n"));
  EXPECT_TRUE(registration_.waits_for_capabilities());
  EXPECT_THAT(hear(":irc NOTICE * :*** Looking up your hostname"), IsEmpty());
  EXPECT_THAT(
      hear(":irc 421 bot CAP :Unknown command"),
      ElementsAre("PASS s3cret\r\n", "NICK bot\r\n", "USER carillon 0 * :Carillon of example.org\r\n"));
  EXPECT_FALSE(registration_.waits_for_capabilities());
  EXPECT_THAT(hear(":irc 451 bot :You have not registered"), IsEmpty());
  EXPECT_THAT(hear(":irc 001 Bot :Welcome"), IsEmpty());
  EXPECT_EQ(registration_.state(), State::done);
  EXPECT_EQ(registration_.nick(), "Bot");
  EXPECT_FALSE(registration_.logged_in());
  EXPECT_THAT(hear(":irc 433 * bot :in use"), IsEmpty());
}

TEST_F(RegistrationTest, WithoutAPasswordNothingWaitsForTheCapabilities) {
  identity_.password = Secret();
  EXPECT_THAT(registration_.start(), ElementsAre("CAP LS 302\r\n", "NICK bot\r\n",
                                                 "USER carillon 0 * :Carillon of example.org\r\n"));
  EXPECT_FALSE(registration_.waits_for_capabilities());
  EXPECT_THAT(registration_.hurry(), IsEmpty());
}

TEST_F(RegistrationTest, ThePasswordIsTheServersUnlessSaslTakesIt) {
  registration_.start();
  EXPECT_THAT(hear(":znc CAP unknown-nick LS :account-tag multi-prefix"),
              ElementsAre("PASS s3cret\r\n", "NICK bot\r\n", "USER carillon 0 * :Carillon of example.org\r\n",
                          "CAP REQ :account-tag multi-prefix\r\n"));
  Registration other(identity_);
  other.start();
  EXPECT_THAT(
      other.hear(*parse("CAP * LS :sasl=PLAIN")),
      ElementsAre("NICK bot\r\n", "USER carillon 0 * :Carillon of example.org\r\n", "CAP REQ sasl\r\n"));
}

TEST_F(RegistrationTest, AServerThatSaysNothingOfCapabilitiesGetsThePassword) {
  registration_.start();
  EXPECT_THAT(registration_.hurry(), ElementsAre("PASS s3cret\r\n", "NICK bot\r\n",
                                                 "USER carillon 0 * :Carillon of example.org\r\n"));
  EXPECT_THAT(registration_.hurry(), IsEmpty());
  EXPECT_THAT(hear(":irc CAP * LS :multi-prefix"), ElementsAre("CAP REQ multi-prefix\r\n"));
}

TEST_F(RegistrationTest, AServersOwnPasswordComesFirstAndSaslHasTheOther) {
  identity_.server_password = Secret("ann/net:p4ss word");
  identity_.sasl_user = "bells";
  EXPECT_THAT(registration_.start(),
              ElementsAre("PASS :ann/net:p4ss word\r\n", "CAP LS 302\r\n", "NICK bot\r\n",
                          "USER carillon 0 * :Carillon of example.org\r\n"));
  EXPECT_THAT(hear(":irc CAP * LS :sasl=PLAIN"), ElementsAre("CAP REQ sasl\r\n"));
  hear(":irc CAP * ACK :sasl");
  EXPECT_THAT(hear("AUTHENTICATE +"),
              ElementsAre("AUTHENTICATE " + base64_encode(std::string("bells\0bells\0s3cret", 18)) + "\r\n"));
}

TEST_F(RegistrationTest, AServerThatRefusesThePasswordSaysWhichOneIsMeant) {
  registration_.start();
  registration_.hurry();
  hear(":irc 464 * :Password incorrect");
  EXPECT_EQ(registration_.state(), State::failed);
  EXPECT_EQ(
      registration_.failure(),
      "refused: Password incorrect (the server's password is wrong: serverPassword, or password without "
      "it)");
  identity_.password = Secret();
  Registration other(identity_);
  other.start();
  other.hear(*parse(":irc 464 * :Password required"));
  EXPECT_EQ(other.failure(),
            "refused: Password required (the server wants a password: give it as serverPassword)");
}

TEST_F(RegistrationTest, UsefulCapabilitiesAreAskedFor) {
  registration_.hurry();
  EXPECT_THAT(hear(":irc CAP * LS * :away-notify account-tag sts=port=6697"), IsEmpty());
  EXPECT_THAT(hear(":irc CAP * LS :multi-prefix sasl=EXTERNAL extended-join account-notify"),
              ElementsAre("CAP REQ :account-notify account-tag extended-join multi-prefix\r\n"));
  EXPECT_THAT(hear(":irc CAP bot ACK :account-notify account-tag extended-join multi-prefix "),
              ElementsAre("CAP END\r\n"));
  EXPECT_THAT(registration_.capabilities(),
              ElementsAre("account-notify", "account-tag", "extended-join", "multi-prefix"));
}

TEST_F(RegistrationTest, BrokenLinesAreLetPass) {
  for (const char* line :
       {"CAP", "CAP *", "CAP * ACK", "CAP * NAK", "CAP * NEW :x", "433", "904", "AUTHENTICATE"})
    hear(line);
  EXPECT_EQ(registration_.state(), State::under_way);
}

TEST_F(RegistrationTest, NothingUsefulIsTheEndOfIt) {
  registration_.hurry();
  EXPECT_THAT(hear(":irc CAP * LS :away-notify"), ElementsAre("CAP END\r\n"));
}

TEST_F(RegistrationTest, WithAPasswordThereIsALoginBySasl) {
  registration_.hurry();
  EXPECT_THAT(hear(":irc CAP * LS :sasl=SCRAM,PLAIN multi-prefix"),
              ElementsAre("CAP REQ :multi-prefix sasl\r\n"));
  EXPECT_THAT(hear(":irc CAP bot ACK :multi-prefix sasl"), ElementsAre("AUTHENTICATE PLAIN\r\n"));
  EXPECT_THAT(hear("AUTHENTICATE +"),
              ElementsAre("AUTHENTICATE " + base64_encode(std::string("bot\0bot\0s3cret", 14)) + "\r\n"));
  EXPECT_THAT(hear(":irc 900 bot bot!b@h bot :You are now logged in"), IsEmpty());
  EXPECT_THAT(hear(":irc 903 bot :SASL authentication successful"), ElementsAre("CAP END\r\n"));
  EXPECT_TRUE(registration_.logged_in());
  EXPECT_EQ(registration_.note(), "");
}

TEST_F(RegistrationTest, ARefusedLoginIsToldAndNoReasonToStayAway) {
  hear(":irc CAP * LS :sasl");
  hear(":irc CAP bot ACK :sasl");
  hear("AUTHENTICATE +");
  EXPECT_THAT(hear(":irc 908 bot EXTERNAL :are available SASL mechanisms"), IsEmpty());
  EXPECT_THAT(hear(":irc 904 bot :SASL authentication failed"), ElementsAre("CAP END\r\n"));
  EXPECT_FALSE(registration_.logged_in());
  EXPECT_EQ(registration_.note(), "SASL login refused: SASL authentication failed");
  EXPECT_THAT(registration_.note(), Not(HasSubstr("s3cret")));
  hear(":irc 001 bot :Welcome");
  EXPECT_EQ(registration_.state(), State::done);
}

TEST_F(RegistrationTest, NobodyAsksForAPasswordUninvited) {
  EXPECT_THAT(hear("AUTHENTICATE +"), IsEmpty());
  hear(":irc CAP * LS :sasl");
  EXPECT_THAT(hear("AUTHENTICATE +"), IsEmpty());
}

TEST_F(RegistrationTest, LongLoginsGoInPieces) {
  for (const auto& [length, last] : std::vector<std::pair<std::size_t, std::size_t>>{{292, 0}, {293, 4}}) {
    Identity identity = identity_;
    identity.password = Secret(std::string(length, 'x'));
    Registration registration(identity);
    registration.hear(*parse("CAP * LS :sasl"));
    registration.hear(*parse("CAP * ACK :sasl"));
    const auto lines = registration.hear(*parse("AUTHENTICATE +"));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].size(), std::string("AUTHENTICATE \r\n").size() + 400);
    EXPECT_EQ(lines[1].size(), std::string("AUTHENTICATE \r\n").size() + (last == 0 ? 1 : last));
  }
}

TEST_F(RegistrationTest, WhatIsRefusedTogetherIsAskedForOneByOne) {
  registration_.hurry();
  hear(":irc CAP * LS :account-tag multi-prefix sasl");
  EXPECT_THAT(hear(":irc CAP bot NAK :account-tag multi-prefix sasl"),
              ElementsAre("CAP REQ account-tag\r\n", "CAP REQ multi-prefix\r\n", "CAP REQ sasl\r\n"));
  EXPECT_THAT(hear(":irc CAP bot NAK :account-tag"), IsEmpty());
  EXPECT_THAT(hear(":irc CAP bot ACK :multi-prefix"), IsEmpty());
  EXPECT_THAT(hear(":irc CAP bot NAK :sasl"), ElementsAre("CAP END\r\n"));
  EXPECT_THAT(registration_.capabilities(), ElementsAre("multi-prefix"));
}

TEST_F(RegistrationTest, ATakenNickIsReplaced) {
  registration_.hurry();
  EXPECT_THAT(hear(":irc 433 * bot :Nickname is already in use"), ElementsAre("NICK bot_\r\n"));
  EXPECT_THAT(hear(":irc 433 * bot_ :Nickname is already in use"), ElementsAre("NICK bot__\r\n"));
  EXPECT_THAT(hear(":irc 432 * bot__ :Too long"), ElementsAre("NICK bot_3\r\n"));
  hear(":irc 001 bot_3 :Welcome");
  EXPECT_EQ(registration_.nick(), "bot_3");
  EXPECT_EQ(other_nick("carillonbot", 4), "carillo_4");
}

TEST_F(RegistrationTest, ItEndsWhenNoNickIsLeft) {
  registration_.hurry();
  for (int i = 0; i < 20; ++i)
    EXPECT_FALSE(hear(":irc 433 * x :Nickname is already in use").empty());
  EXPECT_THAT(hear(":irc 433 * x :Nickname is already in use"), IsEmpty());
  EXPECT_EQ(registration_.state(), State::failed);
  EXPECT_EQ(registration_.failure(), "all nicks are taken that are like 'bot': Nickname is already in use");
}

TEST_F(RegistrationTest, ANickThatTheServerDoesNotTakeIsTold) {
  registration_.hurry();
  hear(":irc 432 * bot :Erroneous nickname");
  EXPECT_EQ(registration_.failure(), "the server does not take the nick 'bot': Erroneous nickname");
}

TEST_F(RegistrationTest, ABanIsTold) {
  hear(":irc 465 bot :You are banned");
  EXPECT_EQ(registration_.state(), State::failed);
  EXPECT_EQ(registration_.failure(), "refused: You are banned");
}

}  // namespace
}  // namespace carillon::reporter::irc
