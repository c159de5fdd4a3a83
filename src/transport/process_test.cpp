#include "transport/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <csignal>
#include <fstream>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"

namespace carillon::process {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

class ProcessTest : public testing::Test {
 protected:
  Result<Ended> run(std::vector<std::string> argv, Limits limits = {}) {
    return test::run(io_, runner_->run(std::move(argv), limits));
  }
  // A shell script that writes its number to `pid` and stays.
  std::vector<std::string> staying(const std::string& before = "") {
    return {"sh", "-c",
            before + "echo $$ > " + pid_file() + ".new; mv " + pid_file() + ".new " + pid_file() +
                "; while :; do sleep 0.05; done"};
  }
  std::string pid_file() const { return (dir_.path() / "pid").string(); }
  pid_t pid() const {
    pid_t number = 0;
    std::ifstream(pid_file()) >> number;
    return number;
  }
  static bool group_is_there(pid_t number) { return ::kill(-number, 0) == 0; }

  test::TempDir dir_;
  asio::io_context io_;
  std::unique_ptr<Runner> runner_ = make_runner();
};

TEST_F(ProcessTest, ArgumentsArriveAsTheyAre) {
  const std::string odd = "a 'b' \"c\" $(id) \\ \t\n `x` \xc3\xa4 \xf0\x9f\x94\x94 *";
  const auto ended = run({"printf", "%s|%s|%s", odd, "-x", ""});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->out, odd + "|-x|");
  EXPECT_EQ(ended->code, 0);
  EXPECT_EQ(complaint(*ended), "");
}

TEST_F(ProcessTest, TheStreamsAndTheCodeAreTold) {
  const auto ended = run({"sh", "-c", "echo out; echo >&2; echo first >&2; echo second >&2; exit 7"});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->out, "out\n");
  EXPECT_EQ(ended->err, "\nfirst\nsecond\n");
  EXPECT_EQ(ended->code, 7);
  EXPECT_EQ(ended->signal, 0);
  EXPECT_EQ(complaint(*ended), "exit code 7: first");
}

TEST_F(ProcessTest, ASignalIsTold) {
  const auto ended = run({"sh", "-c", "kill -USR1 $$"});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->signal, SIGUSR1);
  EXPECT_THAT(complaint(*ended), HasSubstr("signal"));
}

TEST_F(ProcessTest, NothingIsOnItsInputAndNoFileOfOursIsOpen) {
  const int inheritable = ::dup(STDERR_FILENO);
  ASSERT_GT(inheritable, 2);
  const auto ended = run({"sh", "-c", "cat; ls /proc/self/fd | wc -l"});
  ::close(inheritable);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->out, "4\n") << "0, 1, 2 and the folder that ls reads";
}

TEST_F(ProcessTest, OutputIsKeptUpToTheLimitAndReadToItsEnd) {
  Limits limits;
  limits.output = 1000;
  const auto ended = run({"sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo end >&2"}, limits);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->out, std::string(1000, 'x'));
  EXPECT_EQ(ended->err, "end\n");
}

TEST_F(ProcessTest, AChildThatKeepsTheOutputOpenHoldsUpNothing) {
  const auto ended = run({"sh", "-c", "sleep 600 & echo $! ; exit 3"});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 3);
  const pid_t left = std::stoi(ended->out);
  EXPECT_EQ(::kill(left, SIGKILL), 0) << "it was left alone";
}

TEST_F(ProcessTest, WhatCannotBeStartedIsUnreachable) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "the thread sanitizer makes fork() of vfork(), which cannot tell us the error";
#endif
  const auto missing = run({"carillon-no-such-program"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(missing.error().what, StartsWith("cannot run carillon-no-such-program: No such file"));
  const auto cut = run({"printf", std::string("a\0b", 3)});
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().what, HasSubstr("NUL"));
}

TEST_F(ProcessTest, TheTimeLimitEndsTheWholeGroup) {
  Limits limits;
  limits.time = 3s;
  limits.grace = 100ms;
  const auto ended = run(staying("trap '' TERM; "), limits);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(ended.error().what, HasSubstr("did not end within 3 s"));
  ASSERT_GT(pid(), 0);
  EXPECT_TRUE(test::run_until(io_, [&] { return !group_is_there(pid()); }));
}

TEST_F(ProcessTest, ACancelledCallLeavesNothingBehind) {
  asio::cancellation_signal cancel;
  bool ended = false;
  asio::co_spawn(
      io_, runner_->run(staying(), {}),
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown, const Result<Ended>&) {
        ended = thrown != nullptr;
      }));
  ASSERT_TRUE(test::run_until(io_, [&] { return pid() > 0; }));
  ASSERT_TRUE(group_is_there(pid()));
  cancel.emit(asio::cancellation_type::terminal);
  ASSERT_TRUE(test::run_until(io_, [&] { return ended; }));
  EXPECT_TRUE(test::run_until(io_, [&] { return !group_is_there(pid()); }));
}

TEST_F(ProcessTest, ADestroyedCallLeavesNothingBehind) {
  {
    asio::io_context io;
    asio::co_spawn(io, runner_->run(staying(), {}), asio::detached);
    ASSERT_TRUE(test::run_until(io, [&] { return pid() > 0; }));
    ASSERT_TRUE(group_is_there(pid()));
  }
  EXPECT_TRUE(test::run_until(io_, [&] { return !group_is_there(pid()); }));
}

TEST_F(ProcessTest, TheProgramEndsWithUs) {
  const pid_t other = ::fork();
  ASSERT_GE(other, 0);
  if (other == 0) {
    asio::io_context io;
    asio::co_spawn(io, runner_->run(staying(), {}), asio::detached);
    io.run();
    ::_exit(1);
  }
  ASSERT_TRUE(test::run_until(io_, [&] { return pid() > 0; }));
  ASSERT_TRUE(group_is_there(pid()));
  ::kill(other, SIGKILL);
  ASSERT_EQ(::waitpid(other, nullptr, 0), other);
  EXPECT_TRUE(test::run_until(io_, [&] { return !group_is_there(pid()); }));
}

}  // namespace
}  // namespace carillon::process
