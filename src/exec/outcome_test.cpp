#include "exec/outcome.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace carillon::exec {
namespace {

Ending code(int number) {
  Ending ending;
  ending.code = number;
  return ending;
}

Ending killed(int signal) {
  Ending ending;
  ending.signal = signal;
  return ending;
}

TEST(Outcome, ExitCodesAreThoseOfShells) {
  EXPECT_EQ(exit_code(code(0)), 0);
  EXPECT_EQ(exit_code(code(255)), 255);
  EXPECT_EQ(exit_code(killed(SIGTERM)), 143);
  Ending missing;
  missing.not_run = "cannot run x: No such file or directory";
  missing.not_found = true;
  EXPECT_EQ(exit_code(missing), 127);
  missing.not_found = false;
  EXPECT_EQ(exit_code(missing), 126);
}

TEST(Outcome, ResultsFollowTheCode) {
  Codes codes;
  codes.warnings = {3, 4};
  codes.skipped = {77};
  EXPECT_EQ(results_of(code(0), codes), Results::success);
  EXPECT_EQ(results_of(code(1), codes), Results::failure);
  EXPECT_EQ(results_of(code(3), codes), Results::warnings);
  EXPECT_EQ(results_of(code(77), codes), Results::skipped);
  EXPECT_EQ(results_of(code(77), {}), Results::failure);
  EXPECT_EQ(results_of(killed(SIGSEGV), codes), Results::exception);
  Ending missing;
  missing.not_run = "cannot run x";
  EXPECT_EQ(results_of(missing, codes), Results::exception);
}

TEST(Outcome, WhoWasAskedToStopAndDidIsCancelled) {
  Ending stopped = killed(SIGTERM);
  stopped.stopped_by = SIGTERM;
  EXPECT_EQ(results_of(stopped, {}), Results::cancelled);
  EXPECT_EQ(state_of(stopped), "stopped by SIGTERM");
  Ending tidy = code(7);
  tidy.stopped_by = SIGINT;
  EXPECT_EQ(results_of(tidy, {}), Results::cancelled);
  EXPECT_EQ(state_of(tidy), "exit code 7 after SIGINT");
  Ending unmoved = code(0);
  unmoved.stopped_by = SIGHUP;
  EXPECT_EQ(results_of(unmoved, {}), Results::success);
  EXPECT_EQ(state_of(unmoved), "finished after SIGHUP");
}

TEST(Outcome, ATimeOutIsOneHoweverItEnds) {
  Ending late = code(0);
  late.timed_out = std::chrono::milliseconds(90'000);
  EXPECT_EQ(results_of(late, {}), Results::exception);
  EXPECT_EQ(state_of(late), "timed out after 90 s");
  EXPECT_EQ(exit_code(late), 0);
  late.timed_out = std::chrono::milliseconds(1'500);
  EXPECT_EQ(state_of(late), "timed out after 1500 ms");
}

TEST(Outcome, StatesSayWhatHappened) {
  EXPECT_EQ(state_of(code(0)), "finished");
  EXPECT_EQ(state_of(code(3)), "exit code 3");
  EXPECT_EQ(state_of(killed(SIGKILL)), "killed by SIGKILL");
  EXPECT_EQ(state_of(killed(SIGRTMIN + 2)), "killed by signal " + std::to_string(SIGRTMIN + 2));
}

}  // namespace
}  // namespace carillon::exec
