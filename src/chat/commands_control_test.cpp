// stop, shutdown
#include "fakes/bot_fixture.hpp"

namespace carillon::chat {
namespace {

using Shutdown = source::Commands::Shutdown;

class ControlTest : public test::BotFixture {
 protected:
  ControlTest() { settings_.authz = authz_of({{"!", true}}); }
};

TEST_F(ControlTest, StopsEveryRunningBuildOfABuilder) {
  ci_->answer("builds?complete=false", R"({"builds": [{"buildid": 70, "number": 7, "builderid": 1},
    {"buildid": 71, "number": 8, "builderid": 1}, {"buildid": 72, "number": 8, "builderid": 4}]})");
  EXPECT_EQ(words("stop build linux \"it's\" broken"),
            "Build #7 of linux interrupted.\nBuild #8 of linux interrupted.");
  ASSERT_EQ(ci_->controlled.size(), 2U);
  EXPECT_EQ(ci_->controlled[0].path, "builds/70");
  EXPECT_EQ(ci_->controlled[0].method, "stop");
  EXPECT_EQ(ci_->controlled[0].params, (json::object{{"reason", "stopped: by Ann on #Dev: it's broken"}}));
  EXPECT_EQ(ci_->controlled[1].path, "builds/71");
}

TEST_F(ControlTest, ARefusedStopIsTold) {
  ci_->control_answer = rejected("not allowed\r\nby your role");
  EXPECT_EQ(words("stop build linux now"), "Build #7 of linux was not interrupted: not allowed by your role");
}

TEST_F(ControlTest, StopNeedsABuilderAndAReason) {
  for (const char* text : {"stop", "stop build", "stop build linux", "stop linux now please", "stop world"})
    EXPECT_EQ(words(text), "Try 'stop build BUILDER REASON'.") << text;
  EXPECT_EQ(words("stop build nosuch now"), "no such builder 'nosuch'");
  EXPECT_EQ(words("stop build windows now"), "Sorry, no build is currently running.");
  EXPECT_TRUE(ci_->controlled.empty());
}

TEST_F(ControlTest, StopAsksForTheReasonAcrossARestart) {
  settings_.traits = telegram();
  private_chat();
  auto answers = say("/stop");
  EXPECT_EQ(words_of(answers), "Select builder to stop...");
  ci_->takes_commands = false;
  EXPECT_TRUE(say("/stop").front().keyboard.empty()) << "a build that is only posted cannot be stopped";
  ci_->takes_commands = true;
  answers = press(button(answers, "linux"));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].how, Answer::How::edit_keyboard);
  EXPECT_EQ(answers[1].text.words(), "Ok, now give me the reason to stop build on linux...");
  EXPECT_TRUE(answers[1].wants_text);
  start();
  EXPECT_EQ(words("/version"), "This is Carillon " CARILLON_VERSION " at your service");
  EXPECT_EQ(words("it's $(broken)"), "Build #7 of linux interrupted.");
  ASSERT_EQ(ci_->controlled.size(), 1U);
  EXPECT_EQ(ci_->controlled[0].params.at("reason"), "stopped: by Ann: it's $(broken)");
  EXPECT_EQ(words("it's broken"), "Say what?");
}

TEST_F(ControlTest, NayForgetsTheQuestion) {
  settings_.traits = telegram();
  press({.caption = "x", .command = "/stop build linux"});
  EXPECT_TRUE(kept_.by_key.contains("ask/%23dev/ann"));
  EXPECT_EQ(words("/nay"), "Never mind, Ann...");
  EXPECT_FALSE(kept_.by_key.contains("ask/%23dev/ann"));
  EXPECT_TRUE(say("broken").empty());
  EXPECT_TRUE(ci_->controlled.empty());
  // Another person is not asked.
  press({.caption = "x", .command = "/stop build linux"});
  person_.id = "bob";
  EXPECT_TRUE(say("broken").empty());
  private_chat();
  EXPECT_EQ(words("/nay"), "Never mind...");
}

TEST_F(ControlTest, AnAnswerIsJudgedAnew) {
  settings_.traits = telegram();
  press({.caption = "x", .command = "/stop build linux"});
  settings_.authz = Authz();
  start();
  EXPECT_TRUE(words("broken").starts_with("You shall not pass"));
  EXPECT_TRUE(ci_->controlled.empty());
}

TEST_F(ControlTest, NothingRunsNothingStops) {
  settings_.traits = telegram();
  ci_->answer("builds?complete=false", R"({"builds": []})");
  const auto answers = say("/stop");
  EXPECT_EQ(words_of(answers), "There are no currently running builds.");
  EXPECT_TRUE(answers.front().keyboard.empty());
}

TEST_F(ControlTest, ShutsDown) {
  EXPECT_EQ(words("shutdown check"), "Status: buildbot is running.");
  ci_->shutdown_answer = std::string("Starting clean shutdown.");
  EXPECT_EQ(words("shutdown start"), "Starting clean shutdown.");
  say("shutdown stop");
  say("shutdown now ci");
  EXPECT_EQ(ci_->shutdowns,
            (std::vector<Shutdown>{Shutdown::check, Shutdown::start, Shutdown::stop, Shutdown::now}));
  ci_->shutdown_answer = rejected("no shutdown_command is configured");
  EXPECT_EQ(words("shutdown now"), "I cannot do that: no shutdown_command is configured");
}

TEST_F(ControlTest, ShutdownRefusesWhatIsUnclear) {
  for (const char* text : {"shutdown", "shutdown please", "shutdown now ci please", "shutdown ask ci"})
    EXPECT_EQ(words(text), "Try 'shutdown check|start|stop|now'.") << text;
  EXPECT_EQ(words("shutdown now two"), "There is no master 'two'; there are: ci");
  auto two = test::sample_master("two");
  sources_.push_back(two);
  EXPECT_EQ(words("shutdown now"),
            "Which master? Try 'shutdown check|start|stop|now MASTER' with one of: ci, two");
  EXPECT_EQ(words("shutdown"), "Try 'shutdown check|start|stop|now MASTER'.");
  EXPECT_TRUE(ci_->shutdowns.empty());
  EXPECT_EQ(words("shutdown check two"), "Status: buildbot is running.");
  EXPECT_EQ(two->shutdowns.size(), 1U);
  sources_.clear();
  EXPECT_EQ(words("shutdown now"), "I observe no master.");
}

TEST_F(ControlTest, ShutdownOffersWhatCanBeDone) {
  settings_.traits = telegram();
  auto answers = say("/shutdown");
  EXPECT_EQ(words_of(answers), "Status: buildbot is running.\n\nWhat do you want to do?");
  answers = press(button(answers, "Shutdown Now"));
  EXPECT_EQ(answers.front().how, Answer::How::edit);
  EXPECT_TRUE(answers.front().keyboard.empty());
  EXPECT_EQ(ci_->shutdowns.back(), Shutdown::now);
  sources_.push_back(test::sample_master("my two"));
  answers = say("/shutdown");
  EXPECT_EQ(words_of(answers), "Which master?");
  answers = press(button(answers, "my two"));
  EXPECT_TRUE(words_of(answers).starts_with("my two: Status: buildbot is running."));
  EXPECT_EQ(button(answers, "Begin Shutdown").command, "/shutdown start 'my two'");
  sources_ = {ci_};
  ci_->impossible = {Shutdown::stop};
  answers = say("/shutdown");
  ASSERT_EQ(answers.front().keyboard.size(), 2U);
  EXPECT_EQ(answers.front().keyboard[0].size(), 1U) << "a signal cannot call it off";
  ci_->impossible = {Shutdown::start, Shutdown::stop, Shutdown::now};
  answers = say("/shutdown");
  EXPECT_EQ(words_of(answers), "Status: buildbot is running.");
  EXPECT_TRUE(answers.front().keyboard.empty());
  ci_->shutdown_answer = rejected("not configured");
  answers = say("/shutdown");
  EXPECT_EQ(words_of(answers), "I cannot control 'ci': not configured");
  EXPECT_TRUE(answers.front().keyboard.empty());
}

}  // namespace
}  // namespace carillon::chat
