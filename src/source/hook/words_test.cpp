#include "source/hook/words.hpp"

#include <gtest/gtest.h>

#include <array>

namespace carillon::source::hook {
namespace {

struct Case {
  const char* word;
  Results results;
};

// Word by word, as the CIs' references have them.
constexpr auto ends = std::to_array<Case>({
    {"success", Results::success},
    {"neutral", Results::success},
    {"SUCCESS", Results::success},
    {"pass", Results::success},
    {"passed", Results::success},
    {"Passed", Results::success},
    {"Fixed", Results::success},
    {"succeeded", Results::success},
    {"Success", Results::success},
    {"SUCCESSFUL", Results::success},
    {"Succeeded", Results::success},
    {"True", Results::success},
    {"recover", Results::success},
    {"UNSTABLE", Results::warnings},
    {"warning", Results::warnings},
    {"passed with warnings", Results::warnings},
    {"partiallySucceeded", Results::warnings},
    {"succeededWithIssues", Results::warnings},
    {"soft_failed", Results::warnings},
    {"failure", Results::failure},
    {"failed", Results::failure},
    {"FAILURE", Results::failure},
    {"Failed", Results::failure},
    {"fail", Results::failure},
    {"broken", Results::failure},
    {"Broken", Results::failure},
    {"FAILED", Results::failure},
    {"timed_out", Results::failure},
    {"timeout", Results::failure},
    {"rejected", Results::failure},
    {"False", Results::failure},
    {"Still Failing", Results::failure},
    {"Failure", Results::failure},
    {"skipped", Results::skipped},
    {"NOT_BUILT", Results::skipped},
    {"not_run", Results::skipped},
    {"skip", Results::skipped},
    {"startup_failure", Results::exception},
    {"error", Results::exception},
    {"errored", Results::exception},
    {"unauthorized", Results::exception},
    {"ERROR", Results::exception},
    {"Exception", Results::exception},
    {"cancelled", Results::cancelled},
    {"canceled", Results::cancelled},
    {"cancel", Results::cancelled},
    {"cancellation", Results::cancelled},
    {"ABORTED", Results::cancelled},
    {"aborted", Results::cancelled},
    {"STOPPED", Results::cancelled},
    {"stopped", Results::cancelled},
    {"killed", Results::cancelled},
    {"declined", Results::cancelled},
    {"stale", Results::cancelled},
});

TEST(WordsTest, SayHowItEnded) {
  for (const Case& one : ends) {
    EXPECT_EQ(state_of(one.word), (State{Phase::ended, one.results})) << one.word;
    EXPECT_EQ(results_of(one.word), one.results) << one.word;
  }
}

TEST(WordsTest, SayThatItWaits) {
  for (const char* word : {"queued", "requested", "waiting", "pending", "action_required", "created",
                           "waiting_for_resource", "waiting_for_callback", "preparing", "scheduled", "manual",
                           "blocked", "waiting_on_dependencies", "Pending", "on_hold"})
    EXPECT_EQ(state_of(word), (State{Phase::waits})) << word;
}

TEST(WordsTest, SayThatItRuns) {
  for (const char* word : {"in_progress", "running", "InProgress", "INPROGRESS", "STARTED", "failing",
                           "canceling", "Canceling", "Building"})
    EXPECT_EQ(state_of(word), (State{Phase::runs})) << word;
}

TEST(WordsTest, UnknownWordsAreNoState) {
  for (const char* word : {"", "sucess", "succes s", "null", "\xff"})
    EXPECT_EQ(state_of(word), std::nullopt) << word;
  EXPECT_EQ(results_of("exploded"), Results::exception);
  EXPECT_EQ(results_of("running"), Results::exception);
}

}  // namespace
}  // namespace carillon::source::hook
