#include "reporter/irc/irc_session.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>

namespace carillon::reporter::irc {
namespace {

using Rank = Outbox::Rank;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    rooms_.want("#dev", "#Dev", "key", now_);
    session_ = std::make_unique<Session>(identity_, rooms_, Outbox::first_gap, now_);
  }

  void hear(const std::string& text) {
    session_->received(text + "\r\n", now_);
    session_->tick(now_);
    for (Event& event : session_->take_events())
      events_.push_back(std::move(event));
  }
  void wait(Millis by) {
    now_ += by;
    session_->tick(now_);
    for (Event& event : session_->take_events())
      events_.push_back(std::move(event));
  }
  std::vector<std::string> said() {
    std::vector<std::string> lines;
    std::string text = session_->output(now_);
    for (auto end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n")) {
      lines.push_back(text.substr(0, end));
      text.erase(0, end + 2);
    }
    return lines;
  }
  // Answers PINGs and lets time pass until nothing more is said; without the PINGs.
  std::vector<std::string> all_said() {
    std::vector<std::string> lines;
    for (int i = 0; i < 100; ++i) {
      for (const std::string& line : said()) {
        if (line.starts_with("PING ")) {
          hear(":irc PONG irc :" + line.substr(5));
        } else {
          lines.push_back(line);
        }
      }
      now_ += Outbox::first_gap;
    }
    return lines;
  }
  void welcome(const std::string& nick = "bot", const std::string& capabilities = "") {
    said();
    if (!capabilities.empty()) {
      hear(":irc CAP * LS :" + capabilities);
      hear(":irc CAP * ACK :" + capabilities);
    }
    hear(":irc 001 " + nick + " :Welcome");
    hear(":irc 005 " + nick + " CASEMAPPING=ascii PREFIX=(ohv)@%+ :are supported by this server");
    hear(":irc 376 " + nick + " :End of MOTD");
  }
  void enter(const std::string& nick = "bot", const std::string& capabilities = "") {
    welcome(nick, capabilities);
    hear(":" + nick + "!~carillon@host JOIN #dev");
    hear(":irc 353 " + nick + " = #dev :@Ann " + nick + " %Ben +cay");
    hear(":irc 366 " + nick + " #dev :End");
    all_said();
    events_.clear();
  }
  template <class T>
  std::vector<T> events() const {
    std::vector<T> found;
    for (const Event& event : events_) {
      if (const T* one = std::get_if<T>(&event)) found.push_back(*one);
    }
    return found;
  }

  Millis now_ = 1'000'000;
  Identity identity_{"bot", "carillon", "Carillon", Secret("s3cret")};
  Rooms rooms_;
  std::unique_ptr<Session> session_;
  std::vector<Event> events_;
};

TEST_F(SessionTest, RegistersIdentifiesAndJoins) {
  EXPECT_THAT(said(), ElementsAre("CAP LS 302"));
  hear(":irc 421 * CAP :Unknown command");
  EXPECT_THAT(said(), ElementsAre("PASS s3cret", "NICK bot", "USER carillon 0 * Carillon"));
  welcome();
  EXPECT_TRUE(session_->registered());
  EXPECT_EQ(events<Registered>().size(), 1U);
  EXPECT_THAT(said(), ElementsAre("PRIVMSG NickServ :IDENTIFY s3cret", "JOIN #Dev key"));
  hear(":bot!~carillon@host JOIN :#dev");
  EXPECT_EQ(events<Entered>().at(0).channel, "#dev");
  EXPECT_TRUE(rooms_.inside("#dev"));
}

TEST_F(SessionTest, ASilentServerIsNotWaitedForLong) {
  EXPECT_THAT(said(), ElementsAre("CAP LS 302"));
  EXPECT_EQ(session_->wake_at(now_), now_ + Session::capability_time);
  wait(Session::capability_time - 1);
  EXPECT_THAT(said(), IsEmpty());
  wait(1);
  EXPECT_THAT(said(), ElementsAre("PASS s3cret", "NICK bot", "USER carillon 0 * Carillon"));
  wait(Session::capability_time);
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_TRUE(events<Ended>().empty());
}

TEST_F(SessionTest, NickServHearsTheNameOfTheAccount) {
  identity_.sasl_user = "bells";
  welcome();
  EXPECT_THAT(all_said(), testing::Contains("PRIVMSG NickServ :IDENTIFY bells s3cret"));
}

TEST_F(SessionTest, WithoutAnEndOfTheMotdItJoinsAfterSomeSeconds) {
  said();
  hear(":irc 001 bot :Welcome");
  EXPECT_THAT(said(), Not(testing::Contains("JOIN #Dev key")));
  wait(Session::motd_time);
  EXPECT_THAT(all_said(), testing::Contains("JOIN #Dev key"));
}

TEST_F(SessionTest, AfterASaslLoginNickServIsNotAsked) {
  said();
  hear(":irc CAP * LS :sasl");
  hear(":irc CAP * ACK :sasl");
  hear("AUTHENTICATE +");
  hear(":irc 903 bot :ok");
  hear(":irc 001 bot :Welcome");
  hear(":irc 422 bot :no MOTD");
  EXPECT_THAT(all_said(),
              testing::AllOf(testing::Contains("JOIN #Dev key"), testing::Each(Not(HasSubstr("IDENTIFY")))));
}

TEST_F(SessionTest, AnswersPingsAtOnceAlsoBeforeItIsLetIn) {
  said();
  hear("PING :a b");
  EXPECT_THAT(said(), ElementsAre("PONG :a b"));
  enter();
  for (int i = 0; i < 20; ++i)
    session_->say(Rank::announcement, "PRIVMSG", "#dev", {"x"});
  said();
  hear("PING 17");
  EXPECT_THAT(said(), ElementsAre("PONG 17"));
}

TEST_F(SessionTest, WhatWasSaidIsDoneAfterThePong) {
  enter();
  const auto ticket = session_->say(Rank::announcement, "PRIVMSG", "#dev", {"one", "two: x"});
  const auto lines = said();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "PRIVMSG #dev one");
  EXPECT_EQ(lines[1], "PRIVMSG #dev :two: x");
  hear(":irc PONG irc :" + lines[2].substr(5));
  ASSERT_EQ(events<Outbox::Done>().size(), 1U);
  EXPECT_EQ(events<Outbox::Done>()[0].ticket, ticket);
  EXPECT_EQ(events<Outbox::Done>()[0].refusal, "");
}

TEST_F(SessionTest, ARefusalBelongsToItsTarget) {
  enter();
  const auto to_ann = session_->say(Rank::announcement, "PRIVMSG", "Ann", {"x"});
  const auto to_dev = session_->say(Rank::announcement, "NOTICE", "#dev", {"y"});
  const auto lines = said();
  hear(":irc 401 bot ann :No such \x02nick");
  hear(":irc PONG irc :" + lines.back().substr(5));
  ASSERT_EQ(events<Outbox::Done>().size(), 2U);
  EXPECT_EQ(events<Outbox::Done>()[0].ticket, to_ann);
  EXPECT_EQ(events<Outbox::Done>()[0].refusal, "401 No such nick");
  EXPECT_EQ(events<Outbox::Done>()[1].ticket, to_dev);
  EXPECT_EQ(events<Outbox::Done>()[1].refusal, "");
}

TEST_F(SessionTest, MessagesOfOthersAreEvents) {
  enter();
  hear(":Ann!a@h PRIVMSG #dev :bot: status");
  hear(":Ann!a@h PRIVMSG @#dev :bot: help");
  hear(
      ":ben!b@h PRIVMSG bot :\x01"
      "ACTION kicks bot\x01");
  hear(":bot!b@h PRIVMSG #dev :an echo of ours");
  hear(":ann!a@h NOTICE bot :status");
  hear(":a,b PRIVMSG bot :x");
  hear("PRIVMSG bot :x");
  const auto spoken = events<Spoken>();
  ASSERT_EQ(spoken.size(), 3U);
  EXPECT_EQ(spoken[0].nick, "Ann");
  EXPECT_EQ(spoken[0].target, "#dev");
  EXPECT_EQ(spoken[0].text, "bot: status");
  EXPECT_FALSE(spoken[0].account);
  EXPECT_EQ(spoken[1].target, "#dev");
  EXPECT_EQ(spoken[2].target, "bot");
  EXPECT_EQ(spoken[2].text,
            "\x01"
            "ACTION kicks bot\x01");
}

TEST_F(SessionTest, AccountsComeFromTagsJoinsAndWhois) {
  enter("bot", "account-notify account-tag extended-join");
  hear("@account=annie;time=x :Ann!a@h PRIVMSG bot :x");
  hear(":Ben!a@h PRIVMSG bot :x");
  EXPECT_EQ(events<Spoken>().at(0).account, "annie");
  EXPECT_EQ(events<Spoken>().at(1).account, "");
  EXPECT_FALSE(session_->known_account("ann"));  // was there before us
  hear(":Ann!a@h ACCOUNT Annie");
  hear(":dot!a@h JOIN #dev dottie :Real Name");
  hear(":eve!a@h JOIN #dev * :Real Name");
  EXPECT_EQ(session_->known_account("Ann"), "Annie");
  EXPECT_EQ(session_->known_account("dot"), "dottie");
  EXPECT_EQ(session_->known_account("eve"), "");
  hear(":Ann!a@h ACCOUNT *");
  EXPECT_EQ(session_->known_account("Ann"), "");
  session_->ask_account("Ben");
  session_->ask_account("ben");
  EXPECT_THAT(all_said(), ElementsAre("WHOIS Ben"));
  hear(":irc 311 bot Ben b h * :Real");
  hear(":irc 330 bot Ben benny :is logged in as");
  hear(":irc 318 bot Ben :End of WHOIS");
  hear(":irc 318 bot Ben :End of WHOIS");
  ASSERT_EQ(events<AccountTold>().size(), 1U);
  EXPECT_EQ(events<AccountTold>()[0].nick, "ben");
  EXPECT_EQ(events<AccountTold>()[0].account, "benny");
}

TEST_F(SessionTest, AWhoisOfSomebodyWhoChangesTheNickProvesNothing) {
  enter();
  EXPECT_FALSE(session_->known_account("ben"));
  session_->ask_account("Ben");
  hear(":Ben!b@h NICK Ben2");
  ASSERT_EQ(events<AccountTold>().size(), 1U);
  EXPECT_EQ(events<AccountTold>()[0].account, "");
  hear(":irc 330 bot Ben benny :is logged in as");
  hear(":irc 318 bot Ben :End of WHOIS");
  EXPECT_EQ(events<AccountTold>().size(), 1U);
  EXPECT_EQ(events<Renamed>().at(0).to, "ben2");
}

TEST_F(SessionTest, OperatorsAreFollowed) {
  enter();
  const auto is_operator = [&](const char* nick) {
    return session_->support().is_operator(session_->members().symbols("#dev", nick).value_or(""));
  };
  EXPECT_TRUE(is_operator("ann"));
  EXPECT_TRUE(is_operator("ben"));
  EXPECT_FALSE(is_operator("cay"));
  hear(":Ann!a@h MODE #dev +o-o cay Ann");
  EXPECT_FALSE(is_operator("ann"));
  EXPECT_TRUE(is_operator("cay"));
  hear(":cay!c@h PART #dev :bye");
  EXPECT_FALSE(is_operator("cay"));
  hear(":ann!c@h KICK #dev ben :bye");
  EXPECT_FALSE(is_operator("ben"));
}

TEST_F(SessionTest, AKickIsToldAndAnsweredByJoining) {
  enter();
  hear(":Ann!a@h KICK #dev bot :be quiet\x03");
  ASSERT_EQ(events<Left>().size(), 1U);
  EXPECT_EQ(events<Left>()[0].channel, "#dev");
  EXPECT_EQ(events<Left>()[0].why, "kicked by Ann: be quiet");
  EXPECT_FALSE(session_->members().symbols("#dev", "ann"));
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_LE(session_->wake_at(now_), now_ + Rooms::first_rejoin);
  wait(Rooms::first_rejoin);
  EXPECT_EQ(said().at(0), "JOIN #Dev key");
}

TEST_F(SessionTest, RefusedJoinsAreToldAndTriedAgain) {
  for (const char* code : {"403", "405", "437", "471", "473", "474", "475"}) {
    events_.clear();
    rooms_.forget("#dev");
    rooms_.want("#dev", "#Dev", "key", now_);
    session_ = std::make_unique<Session>(identity_, rooms_, Outbox::first_gap, now_);
    welcome();
    all_said();
    hear(std::string(":irc ") + code + " bot #Dev :Cannot join channel");
    ASSERT_EQ(events<JoinRefused>().size(), 1U) << code;
    EXPECT_EQ(events<JoinRefused>()[0].why, std::string(code) + " Cannot join channel");
    wait(Rooms::first_retry);
    EXPECT_THAT(all_said(), ElementsAre("JOIN #Dev key")) << code;
  }
}

TEST_F(SessionTest, AChannelThatOneIsForwardedToIsLeft) {
  rooms_.want("#ops", "#ops", "", now_);
  welcome();
  all_said();
  hear(":irc 470 bot #Dev ##overflow :Forwarding to another channel");
  EXPECT_EQ(events<JoinRefused>().at(0).why, "470 Forwarding to another channel");
  hear(":bot!~carillon@host JOIN ##overflow");
  EXPECT_THAT(all_said(), ElementsAre("PART ##overflow"));
  EXPECT_TRUE(events<Entered>().empty());
  hear(":bot!~carillon@host PART ##overflow");
  // One that we want anyway is kept; and the JOIN may come first.
  hear(":irc 470 bot #Dev #ops :Forwarding to another channel");
  hear(":bot!~carillon@host JOIN #ops");
  EXPECT_TRUE(rooms_.inside("#ops"));
  hear(":bot!~carillon@host JOIN #else");
  hear(":irc 470 bot #Dev #else :Forwarding to another channel");
  EXPECT_THAT(all_said(), testing::Contains("PART #else"));
}

TEST_F(SessionTest, ATakenNickIsRegained) {
  wait(Session::capability_time);
  said();
  hear(":irc 433 * bot :Nickname is already in use");
  EXPECT_THAT(said(), ElementsAre("NICK bot_"));
  enter("bot_");
  EXPECT_EQ(session_->nick(), "bot_");
  wait(Session::regain_interval);
  EXPECT_THAT(all_said(), ElementsAre("NICK bot"));
  hear(":irc 433 bot_ bot :Nickname is already in use");
  EXPECT_EQ(session_->nick(), "bot_");
  hear(":bot!x@y QUIT :gone");
  EXPECT_THAT(all_said(), ElementsAre("NICK bot"));
  hear(":bot_!~carillon@host NICK :bot");
  EXPECT_EQ(session_->nick(), "bot");
  EXPECT_THAT(all_said(), ElementsAre("PRIVMSG NickServ :IDENTIFY s3cret"));
  EXPECT_EQ(session_->members().symbols("#dev", "bot"), "");
}

TEST_F(SessionTest, UnderAnotherNickTheAccountIsNamed) {
  wait(Session::capability_time);
  said();
  hear(":irc 433 * bot :Nickname is already in use");
  welcome("bot_");
  EXPECT_THAT(all_said(), testing::Contains("PRIVMSG NickServ :IDENTIFY bot s3cret"));
}

TEST_F(SessionTest, ANickThatTheServerCutsIsKept) {
  identity_.nick = "carillonbot";
  session_ = std::make_unique<Session>(identity_, rooms_, Outbox::first_gap, now_);
  said();
  hear(":irc 001 carillonb :Welcome");
  hear(":irc 005 carillonb NICKLEN=9 :x");
  all_said();
  wait(Session::regain_interval * 2);
  EXPECT_THAT(all_said(), testing::Each(Not(HasSubstr("NICK"))));
}

TEST_F(SessionTest, SilenceIsAskedAboutAndThenTheEnd) {
  enter();
  wait(Session::quiet_time - 1);
  const Millis asked = session_->wake_at(now_);
  wait(Session::quiet_time);
  EXPECT_LE(asked, now_);
  const auto lines = said();
  ASSERT_EQ(lines.size(), 1U);
  hear(":irc PONG irc :" + lines[0].substr(5));
  wait(Session::quiet_time);
  EXPECT_EQ(said().size(), 1U);
  EXPECT_EQ(session_->wake_at(now_), now_ + Session::answer_time);
  wait(Session::answer_time);
  ASSERT_EQ(events<Ended>().size(), 1U);
  EXPECT_EQ(events<Ended>()[0].why, "no answer of the server for 120 s");
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionTest, WhoDoesNotLetUsInIsLeft) {
  wait(Session::capability_time);
  EXPECT_EQ(session_->wake_at(now_), now_ - Session::capability_time + Session::registration_time);
  wait(Session::registration_time);
  EXPECT_EQ(events<Ended>().size(), 1U);
}

TEST_F(SessionTest, AnErrorIsTheEndAndAFloodSlowsDown) {
  enter();
  hear("ERROR :Closing link: (bot@host) [Excess Flood]");
  ASSERT_EQ(events<Ended>().size(), 1U);
  EXPECT_EQ(events<Ended>()[0].why, "closed by the server: Closing link: (bot@host) [Excess Flood]");
  EXPECT_TRUE(events<Ended>()[0].flooded);
  EXPECT_EQ(session_->gap(), 2 * Outbox::first_gap);
  Session other(identity_, rooms_, Outbox::first_gap, now_);
  other.received("ERROR :Server shutdown\r\n", now_);
  EXPECT_FALSE(std::get<Ended>(other.take_events().at(0)).flooded);
  EXPECT_EQ(other.gap(), Outbox::first_gap);
}

TEST_F(SessionTest, TheRoomForATextIsWhatOthersGet) {
  welcome();
  const std::size_t guessed = session_->room("PRIVMSG", "#dev");
  hear(":bot!~carillon@host JOIN #dev");
  const std::size_t known = session_->room("PRIVMSG", "#dev");
  EXPECT_EQ(known, 512 - std::string(":bot!~carillon@host PRIVMSG #dev :\r\n").size());
  EXPECT_LT(guessed, known);
  hear(":irc 396 bot a.very.long.cloak.example.org :is now your displayed host");
  EXPECT_EQ(session_->room("PRIVMSG", "#dev"),
            512 - std::string(":bot!~carillon@a.very.long.cloak.example.org PRIVMSG #dev :\r\n").size());
}

TEST_F(SessionTest, GoodbyeIsOneLine) {
  EXPECT_EQ(session_->quit("going down\r\nnow"), "QUIT :going down  now\r\n");
}

}  // namespace
}  // namespace carillon::reporter::irc
