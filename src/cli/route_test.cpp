#include "cli/route.hpp"

#include <gmock/gmock.h>

namespace carillon::cli {
namespace {

using rule::Mode;
using rule::Rule;
using testing::HasSubstr;
using testing::StartsWith;

std::string said(const Rule& rule, std::optional<Results> results, std::optional<Results> previous = {}) {
  BuildFacts build;
  build.builder = "linux";
  build.branch = "main";
  build.results = results;
  const EventKind kind = results ? EventKind::build_finished : EventKind::build_started;
  return in_words(route_of(rule, kind, build, previous));
}

Rule with_mode(Mode mode) {
  Rule rule;
  rule.modes.add(mode);
  return rule;
}

TEST(Route, WhatNeedsNoHistoryIsDecided) {
  EXPECT_EQ(said(with_mode(Mode::failing), Results::failure), "yes: mode failing");
  EXPECT_THAT(said(with_mode(Mode::failing), Results::success), StartsWith("no: its mode is failing"));
  EXPECT_THAT(said(with_mode(Mode::failing), std::nullopt), StartsWith("no: it does not report starts"));
  Rule elsewhere = with_mode(Mode::failing);
  elsewhere.filter.branches = {"stable"};
  EXPECT_THAT(said(elsewhere, Results::failure), HasSubstr("branch 'main' is not in branches"));
  Rule together = with_mode(Mode::failing);
  together.build_set_summary = true;
  EXPECT_EQ(said(together, Results::failure), "with its buildset: mode failing");
}

TEST(Route, WithoutTheBuildBeforeItDepends) {
  EXPECT_EQ(said(with_mode(Mode::change), Results::failure),
            "yes after success, warnings, skipped, exception, cancelled; no after failure, or as the first");
  EXPECT_EQ(said(with_mode(Mode::problem), Results::failure),
            "yes after success, warnings, skipped, exception, cancelled; no after failure, or as the first");
  EXPECT_THAT(said(with_mode(Mode::problem), Results::success),
              StartsWith("no, whatever the build before was: its mode is problem"));
}

TEST(Route, AKnownBuildBeforeDecides) {
  EXPECT_EQ(said(with_mode(Mode::change), Results::failure, Results::success),
            "yes: mode change: success before, failure now");
  EXPECT_THAT(said(with_mode(Mode::change), Results::failure, Results::failure), StartsWith("no: "));
}

}  // namespace
}  // namespace carillon::cli
