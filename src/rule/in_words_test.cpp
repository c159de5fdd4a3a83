#include "rule/in_words.hpp"

#include <gmock/gmock.h>

namespace carillon::rule {
namespace {

using testing::ElementsAre;

TEST(InWords, EachPartOfARuleHasALine) {
  Rule rule;
  EXPECT_THAT(in_words(rule), ElementsAre("no builds"));
  rule.modes.add(Mode::failing);
  rule.modes.add(Mode::change);
  rule.started = true;
  rule.previous = Previous::branch;
  rule.filter.builders = {"linux", "mac"};
  rule.filter.branches = std::set<std::string>{};
  rule.workers.names = {"w1"};
  rule.build_set_summary = true;
  EXPECT_THAT(in_words(rule),
              ElementsAre("starts, ends of mode change, failing", "one report when the buildset is complete",
                          "compared with the build before on the same branch", "only builders linux, mac",
                          "only branches none", "missing workers: w1"));
}

TEST(InWords, StatusPushesTellOfEveryEnd) {
  Rule rule;
  rule.started = true;
  rule.every_finished = true;
  rule.waiting = true;
  rule.workers.all = true;
  EXPECT_THAT(in_words(rule), ElementsAre("waiting requests, starts, every end", "missing workers: all"));
}

}  // namespace
}  // namespace carillon::rule
