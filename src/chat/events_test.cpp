#include "chat/events.hpp"

#include <gtest/gtest.h>

#include <array>

namespace carillon::chat {
namespace {

constexpr std::array<Results, 7> all = {Results::success,  Results::warnings,  Results::failure,
                                        Results::skipped,  Results::exception, Results::retry,
                                        Results::cancelled};

// Every pair "before>now" for which the word alone wants the end of a build.
std::string pairs(const std::string& word) {
  std::string found;
  for (const Results before : all) {
    for (const Results now : all) {
      if (wanted_by({word}, EventKind::build_finished, now, before).empty()) continue;
      found += (found.empty() ? "" : " ") + std::string(name(before)).substr(0, 3) + ">" +
               std::string(name(now)).substr(0, 3);
    }
  }
  return found;
}

TEST(Events, ChangesAreComparedAsInBuildbot) {
  EXPECT_EQ(pairs("problem"), "suc>fai suc>exc war>fai war>exc can>fai can>exc");
  EXPECT_EQ(pairs("recovery"), "fai>suc fai>war exc>suc exc>war");
  EXPECT_EQ(pairs("worse"),
            "suc>war suc>fai suc>exc suc>can war>fai war>exc war>can fai>exc fai>can ski>suc ski>war ski>fai "
            "ski>exc "
            "ski>can can>exc");
  EXPECT_EQ(pairs("better"),
            "suc>ski war>suc war>ski fai>suc fai>war fai>ski exc>suc exc>war exc>fai exc>ski exc>can can>suc "
            "can>war "
            "can>fai can>ski");
  EXPECT_EQ(pairs("successToFailure"), "suc>fai");
  EXPECT_EQ(pairs("exceptionToWarnings"), "exc>war");
  EXPECT_EQ(pairs("failureToFailure"), "fai>fai");
}

TEST(Events, ResultsAreWantedWhateverWasBefore) {
  for (const Results now :
       {Results::success, Results::warnings, Results::failure, Results::exception, Results::cancelled}) {
    for (const char* word : {"success", "warnings", "failure", "exception", "cancelled"}) {
      const auto by = wanted_by({word}, EventKind::build_finished, now, std::nullopt);
      EXPECT_EQ(by == word, name(now) == word) << word;
    }
    EXPECT_EQ(wanted_by({"finished"}, EventKind::build_finished, now, std::nullopt), "finished");
  }
  EXPECT_EQ(wanted_by({"finished"}, EventKind::build_finished, Results::retry, std::nullopt), "finished");
  EXPECT_EQ(wanted_by({"problem"}, EventKind::build_finished, Results::failure, std::nullopt), "")
      << "there is nothing to compare with";
}

TEST(Events, OtherKindsHaveTheirOwnWords) {
  const Events every(offered_events().begin(), offered_events().end());
  EXPECT_EQ(wanted_by(every, EventKind::build_started, std::nullopt, std::nullopt), "started");
  EXPECT_EQ(wanted_by(every, EventKind::worker_missing, std::nullopt, std::nullopt), "worker");
  EXPECT_EQ(wanted_by(every, EventKind::worker_back, std::nullopt, std::nullopt), "worker");
  for (const EventKind kind :
       {EventKind::buildset_complete, EventKind::request_waiting, EventKind::request_ended})
    EXPECT_EQ(wanted_by(every, kind, Results::failure, Results::success), "");
}

TEST(Events, WordsAreThoseOfTheManual) {
  EXPECT_EQ(offered_events().size(), 12U);
  for (const std::string& word : offered_events())
    EXPECT_TRUE(is_event(word)) << word;
  for (const char* old : {"successToFailure", "failureToSuccess", "warningsToException", "successToSuccess"})
    EXPECT_TRUE(is_event(old)) << old;
  for (const char* bad : {"", "Started", "skipped", "successTofailure", "retryToSuccess", "started "})
    EXPECT_FALSE(is_event(bad)) << bad;
}

TEST(Events, KnowsWhichCompare) {
  for (const char* word : {"problem", "recovery", "worse", "better", "successToFailure"})
    EXPECT_TRUE(compares({word})) << word;
  EXPECT_FALSE(compares({"started", "finished", "failure", "worker"}));
}

}  // namespace
}  // namespace carillon::chat
