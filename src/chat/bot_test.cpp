#include "chat/bot.hpp"

#include <boost/system/system_error.hpp>

#include "chat/command.hpp"
#include "fakes/bot_fixture.hpp"

namespace carillon::chat {
namespace {

class BotTest : public test::BotFixture {};

TEST_F(BotTest, KnowsCommandsInAnyCaseAndAmongBlanks) {
  EXPECT_EQ(words("  VERSION  "), "This is Carillon " CARILLON_VERSION " at your service");
  EXPECT_EQ(words("status\tlinux"), "linux: running: build #7 (compiling)");
  EXPECT_TRUE(say("").empty());
  EXPECT_TRUE(say(" \r\n ").empty());
}

TEST_F(BotTest, SaysWhatItDoesNotGet) {
  EXPECT_TRUE(words("sing a song").starts_with("I don't get this 'sing'...\nBuildbot commands: commands, "));
  EXPECT_EQ(words("sing a song!"), "What you say!");
  EXPECT_EQ(words("sing!"), "What you say!");
  // What a medium does not have, it does not get.
  EXPECT_TRUE(words("getid").starts_with("I don't get this 'getid'..."));
  const std::string hostile = words("x\x01\r\nQUIT");
  EXPECT_TRUE(hostile.starts_with("I don't get this 'x\x01'...")) << hostile;
}

TEST_F(BotTest, WithAPrefixOnlyPrefixedTextsAreCommands) {
  settings_.traits = telegram();
  EXPECT_TRUE(say("status").empty());
  EXPECT_TRUE(say("hurry up!").empty());
  EXPECT_TRUE(words("/dance").starts_with("I don't get this '/dance'..."));
  EXPECT_TRUE(words("/").starts_with("I don't get this '/'..."));
  private_chat();
  EXPECT_EQ(words("status"), "Say what?");
  EXPECT_EQ(words("hurry up!"), "What you say!");
  EXPECT_EQ(words("/Version"), "This is Carillon " CARILLON_VERSION " at your service");
}

TEST_F(BotTest, AnOpenQuoteIsAnErrorOnlyWhereArgumentsMatter) {
  EXPECT_EQ(words("status 'linux"), "I don't understand that: a quote is not closed: '");
  EXPECT_FALSE(words("hello, it's me").empty());
  EXPECT_FALSE(words("hello it's me").starts_with("I don't"));
}

TEST_F(BotTest, TellsOfItself) {
  const std::string source = words("source");
  EXPECT_NE(source.find("http://ci/"), std::string::npos) << source;
  EXPECT_FALSE(words("hello").empty());
  const std::string irc_commands = words("commands");
  EXPECT_TRUE(
      irc_commands.starts_with("Buildbot commands: commands, force, hello, help, join, last, leave, "))
      << irc_commands;
  settings_.traits = telegram();
  start();
  const std::string botfather = words("/commands botfather");
  EXPECT_EQ(botfather,
            "commands - list available commands\n"
            "force - force a build\n"
            "getid - get user and chat ID\n"
            "hello - say hello\n"
            "help - give help for a command or one of its arguments\n"
            "last - list last build status for a builder\n"
            "list - list configured builders or workers\n"
            "nay - forget the current command\n"
            "notify - notify me about build events\n"
            "shutdown - shutdown the buildbot master\n"
            "source - where I come from, and the masters' home pages\n"
            "status - list status of a builder (or all builders)\n"
            "stop - stop a running build\n"
            "version - show my version\n"
            "watch - announce the completion of an active build");
}

TEST_F(BotTest, Helps) {
  EXPECT_NE(words("help").find("\nstatus - list status of a builder (or all builders)"), std::string::npos);
  EXPECT_EQ(words("help watch"), "Usage: watch BUILDER - announce the completion of an active build");
  EXPECT_EQ(words("help HELP"),
            "Usage: help [COMMAND [ARGUMENT]] - give help for a command or one of its arguments");
  EXPECT_TRUE(words("help shutdown now").starts_with("Usage: shutdown now - "));
  EXPECT_EQ(words("help shutdown now then"), "No usage info for 'shutdown' 'now' 'then'");
  EXPECT_EQ(words("help status linux"), "No usage info for 'status' 'linux'");
  EXPECT_EQ(words("help sing"), "There is no such command 'sing'.");
  EXPECT_NE(words("help notify").find("events are started, finished,"), std::string::npos);
  settings_.traits = telegram();
  start();
  EXPECT_EQ(words("/help /watch"), words("/help watch"));
  EXPECT_TRUE(words("/help").starts_with("/commands - list available commands\n"));
}

TEST_F(BotTest, EveryCommandThatIsListedHasUsageAndHelp) {
  std::string last;
  ASSERT_GT(commands().size(), 10U);
  for (const Command& command : commands()) {
    EXPECT_LT(last, command.name);
    last = command.name;
    EXPECT_TRUE(command.usage.starts_with(command.name)) << command.name;
    EXPECT_EQ(command.dangerous, is_dangerous(command.name)) << command.name;
    EXPECT_NE(command.run, nullptr);
    for (const Argument& argument : command.arguments)
      EXPECT_TRUE(argument.usage.starts_with(command.name)) << argument.usage;
  }
}

TEST_F(BotTest, StartAndGetId) {
  settings_.traits = telegram();
  place_ = {.id = "-100", .name = "The Devs", .kind = "supergroup"};
  person_.id = "42";
  EXPECT_EQ(words("/getid"), "Ann, your ID is 42.\nThis supergroup ID is -100.");
  EXPECT_EQ(say("/start").size(), 2U);
  private_chat();
  EXPECT_EQ(words("/getid"), "Your ID is 42.");
}

TEST_F(BotTest, AMutedBotIsQuietUntilItMaySpeakAgain) {
  medium_.operators = {"ann"};
  EXPECT_EQ(words("mute"), "Shutting up for now.");
  EXPECT_TRUE(bot_->subscriptions()->muted("#dev"));
  EXPECT_TRUE(say("version").empty());
  EXPECT_TRUE(say("mute").empty());
  EXPECT_TRUE(say("nonsense").empty());
  start();
  EXPECT_TRUE(say("version").empty());
  person_.id = "eve";
  EXPECT_TRUE(say("unmute").empty());
  place_.id = "#other";
  EXPECT_FALSE(say("version").empty());
  place_.id = "#dev";
  person_.id = "ann";
  EXPECT_EQ(words("unmute"), "I'm back!");
  EXPECT_FALSE(say("version").empty());
  EXPECT_EQ(words("unmute"), "Nobody had told me to be quiet, but thank you for asking.");
}

TEST_F(BotTest, OnlyOperatorsAndThoseNamedMayMute) {
  settings_.authz = authz_of({{"mute", std::vector<std::string>{"bob", "account:carol"}}});
  EXPECT_EQ(words("mute"), "You shall not pass, Ann! 'mute' is not for everybody.");
  person_.id = "bob";
  EXPECT_EQ(words("mute"), "Shutting up for now.");
  EXPECT_EQ(words("unmute"), "I'm back!");
  person_.id = "carolnick";
  medium_.accounts["carolnick"] = "carol";
  EXPECT_EQ(words("mute"), "Shutting up for now.");
  settings_.authz = Authz();
  kept_.by_key.clear();
  start();
  const auto answers = say("mute");
  EXPECT_TRUE(words_of(answers).starts_with("Only channel operators"));
  EXPECT_TRUE(answers.front().reply);
  medium_.failure = Failure{Failure::Kind::unreachable, "the server is gone", std::nullopt};
  EXPECT_EQ(words("mute"), "I could not find out whether you are an operator: the server is gone");
}

TEST_F(BotTest, JoinsAndLeaves) {
  settings_.authz = authz_of({{"!", true}});
  EXPECT_EQ(words("join #a key"), "I have joined #a.");
  EXPECT_EQ(words("join #b"), "I have joined #b.");
  EXPECT_EQ(words("join"), "Try 'join CHANNEL [KEY]'.");
  EXPECT_EQ(words("join a b c"), "Try 'join CHANNEL [KEY]'.");
  medium_.operators = {"ann"};
  say("notify on worker");
  ASSERT_FALSE(bot_->subscriptions()->of("#dev").empty());
  EXPECT_TRUE(say("leave #DEV").empty());  // nobody is there to hear it
  EXPECT_TRUE(bot_->subscriptions()->of("#dev").empty());
  EXPECT_EQ(words("leave #a"), "I have left #a.");
  EXPECT_EQ(words("leave"), "Try 'leave CHANNEL'.");
  EXPECT_EQ(medium_.done, (std::vector<std::string>{"join #a key", "join #b ", "operator ann #dev",
                                                    "leave #DEV", "leave #a"}));
  medium_.failure = Failure{Failure::Kind::rejected, "475 bad key", std::nullopt};
  EXPECT_EQ(words("join #c"), "I cannot join #c: 475 bad key");
  EXPECT_EQ(words("leave #c"), "I cannot leave #c: 475 bad key");
}

TEST_F(BotTest, HasSomeFun) {
  EXPECT_EQ(say("dance").size(), 3U);
  EXPECT_EQ(say("destroy it").size(), 1U);
  EXPECT_EQ(say("hustle").size(), 1U);
}

TEST_F(BotTest, ABugIsAnAnswerAndACancellationIsNone) {
  world_.sources = []() -> std::vector<SourcePtr> { throw std::logic_error("oops"); };
  EXPECT_EQ(words("status"), "Something bad happened (see logs)");
  world_.sources = []() -> std::vector<SourcePtr> {
    throw boost::system::system_error(asio::error::operation_aborted);
  };
  EXPECT_THROW(say("status"), boost::system::system_error);
}

// Every command, and everybody.
TEST_F(BotTest, AuthzHoldsForEveryCommand) {
  using Names = std::vector<std::string>;
  for (const bool with_keyboards : {false, true}) {
    settings_.traits = with_keyboards ? telegram() : irc();
    const std::string& prefix = settings_.traits.prefix;
    ASSERT_GT(commands_of(settings_.traits).size(), 10U);
    for (const Command* command : commands_of(settings_.traits)) {
      const auto passes = [&](const std::string& person, const std::string& account) {
        person_.id = person;
        medium_.accounts[person] = account;
        medium_.operators = {"op"};
        kept_.by_key.clear();
        start();
        const auto answers = say(prefix + std::string(command->name));
        for (const Answer& answer : answers) {
          if (answer.text.words().starts_with("You shall not pass")) {
            EXPECT_TRUE(answer.reply);
            EXPECT_EQ(answers.size(), 1U);
            return false;
          }
        }
        return true;
      };
      const std::string name(command->name);
      settings_.authz = Authz();
      EXPECT_EQ(passes("eve", ""), !command->dangerous) << name;
      EXPECT_EQ(passes("op", ""), !command->dangerous) << name;
      settings_.authz = authz_of({{"", Names{"bob"}}, {"!", Names{"carol"}}});
      EXPECT_FALSE(passes("eve", "")) << name;
      EXPECT_EQ(passes("bob", ""), !command->dangerous) << name;
      EXPECT_EQ(passes("carol", ""), command->dangerous) << name;
      settings_.authz = authz_of({{name, Names{"ann", "account:boss"}}, {"*", false}});
      EXPECT_TRUE(passes("ann", "")) << name;
      EXPECT_TRUE(passes("nick", "boss")) << name;
      EXPECT_FALSE(passes("boss", "")) << name;
      EXPECT_FALSE(passes("op", "ann")) << name;
      settings_.authz = authz_of({{name, false}, {"*", true}});
      EXPECT_FALSE(passes("ann", "boss")) << name;
      settings_.authz = authz_of({{name, true}, {"*", false}});
      EXPECT_TRUE(passes("eve", "")) << name;
      // Nobody asks the network about accounts that do not matter.
      medium_.done.clear();
      settings_.authz = authz_of({{name, Names{"account:boss"}}});
      passes("eve", "");
      EXPECT_EQ(std::count(medium_.done.begin(), medium_.done.end(), "account eve") > 0, true) << name;
      medium_.done.clear();
      settings_.authz = authz_of({{name, Names{"eve", "account:boss"}}});
      passes("eve", "");
      EXPECT_EQ(std::count(medium_.done.begin(), medium_.done.end(), "account eve"), 0) << name;
    }
  }
}

TEST_F(BotTest, AnAccountThatCannotBeFoundOutIsDenied) {
  settings_.authz = authz_of({{"force", std::vector<std::string>{"account:boss"}}});
  medium_.failure = Failure{Failure::Kind::unreachable, "no answer", std::nullopt};
  EXPECT_EQ(words("force build linux now"), "I could not find out who you are: no answer");
}

}  // namespace
}  // namespace carillon::chat
