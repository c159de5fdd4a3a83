#include "rule/silence.hpp"

#include <gmock/gmock.h>

namespace carillon::rule {
namespace {

using testing::StartsWith;

constexpr Millis noon = 1'764'331'200'000;  // 2025-11-28 12:00 UTC
constexpr Millis an_hour = 3'600'000;

Silence of_builder(std::string builder) {
  Silence silence;
  silence.id = 3;
  silence.builder = std::move(builder);
  silence.from = noon;
  silence.until = noon + 4 * an_hour;
  silence.why = "moving the disk";
  return silence;
}

BuildFacts failed_build(std::string builder) {
  BuildFacts facts;
  facts.builder = std::move(builder);
  facts.branch = "main";
  facts.tags = {"nightly", "arm"};
  facts.results = Results::failure;
  return facts;
}

bool holds(const Silence& silence, const std::vector<BuildFacts>& builds, bool tells_programs = false) {
  return covers(silence, {"mails", tells_programs, builds});
}

TEST(Silence, EachPatternThatIsGivenMustFit) {
  Silence silence = of_builder("linux*");
  EXPECT_TRUE(holds(silence, {failed_build("linux-arm")}));
  EXPECT_FALSE(holds(silence, {failed_build("mac")}));
  silence.branch = "release/*";
  EXPECT_FALSE(holds(silence, {failed_build("linux")}));
  silence.branch = "m*n";
  silence.tag = "night*";
  silence.result = "fail*";
  silence.reporter = "*ails";
  EXPECT_TRUE(holds(silence, {failed_build("linux")}));
  silence.tag = "weekly";
  EXPECT_FALSE(holds(silence, {failed_build("linux")}));
  silence.tag = "arm";
  silence.reporter = "irc";
  EXPECT_FALSE(holds(silence, {failed_build("linux")}));
}

TEST(Silence, AResultIsThatOfWhatHasEnded) {
  Silence silence = of_builder("");
  silence.result = "failure";
  BuildFacts runs_still = failed_build("linux");
  runs_still.results.reset();
  EXPECT_FALSE(holds(silence, {runs_still}));
  EXPECT_TRUE(holds(silence, {failed_build("linux")}));
}

TEST(Silence, WhatTellsProgramsIsHeldBackWhereItSaysSo) {
  Silence silence = of_builder("*");
  EXPECT_FALSE(holds(silence, {failed_build("linux")}, true));
  silence.statuses = true;
  EXPECT_TRUE(holds(silence, {failed_build("linux")}, true));
}

TEST(Silence, OfSeveralBuildsItMustBeAboutEach) {
  const Silence silence = of_builder("linux*");
  EXPECT_TRUE(holds(silence, {failed_build("linux"), failed_build("linux-arm")}));
  EXPECT_FALSE(holds(silence, {failed_build("linux"), failed_build("mac")}));
}

TEST(Silence, OfAWorkerOneThatIsAboutBuildsSaysNothing) {
  Silence silence = of_builder("*");
  EXPECT_FALSE(holds(silence, {}));
  silence.builder.clear();
  silence.reporter = "mails";
  EXPECT_TRUE(holds(silence, {}));
}

TEST(Silence, ItRunsFromItsBeginToItsEnd) {
  const std::vector<Silence> all{of_builder("linux")};
  const std::vector<BuildFacts> builds{failed_build("linux")};
  const Report report{"mails", false, builds};
  EXPECT_EQ(held_by(all, report, noon - 1), nullptr);
  EXPECT_EQ(held_by(all, report, noon), all.data());
  EXPECT_EQ(held_by(all, report, noon + 4 * an_hour - 1), all.data());
  EXPECT_EQ(held_by(all, report, noon + 4 * an_hour), nullptr);
}

TEST(Silence, ATargetIsAskedForWhenItIsKnown) {
  std::vector<Silence> all{of_builder("linux")};
  all[0].target = "ALICE@*";
  const std::vector<BuildFacts> builds{failed_build("linux")};
  const Report report{"mails", false, builds};
  EXPECT_EQ(held_by(all, report, noon), nullptr);
  EXPECT_EQ(held_by(all, report, noon, "alice@example.org"), all.data());
  EXPECT_EQ(held_by(all, report, noon, "bob@example.org"), nullptr);
  all[0].target.clear();
  EXPECT_EQ(held_by(all, report, noon, "alice@example.org"), nullptr) << "it was asked before";
}

TEST(Silence, ATargetIsAllOfItOrAWord) {
  Silence silence = of_builder("");
  silence.target = "#dev";
  EXPECT_TRUE(covers(silence, "irc irc.example.org #dev"));
  EXPECT_FALSE(covers(silence, "irc irc.example.org #devel"));
  silence.target = "irc * #dev";
  EXPECT_TRUE(covers(silence, "irc irc.example.org #dev"));
  silence.target = "alice@example.org";
  EXPECT_TRUE(covers(silence, "bob@example.org, Alice@example.org"));
  silence.target = "alice";
  EXPECT_TRUE(covers(silence, "bob@example.org, Alice@example.org")) << "the word before an '@'";
  EXPECT_FALSE(covers(silence, "malice@example.org"));
  EXPECT_FALSE(covers(silence, "bob@alice.example.org"));
}

TEST(Silence, ItSaysWhatItIs) {
  Silence silence = of_builder("linux*");
  EXPECT_EQ(in_words(silence), "silence 3 until 2025-11-28 16:00 UTC: moving the disk");
  silence.result = "failure";
  EXPECT_EQ(subject_of(silence), "builder linux*, result failure");
}

TEST(Silence, WhatIsWrongWithANewOneHasItsName) {
  EXPECT_EQ(wrong(of_builder("linux"), noon), "");
  EXPECT_THAT(wrong(of_builder(""), noon), StartsWith("builder: name at least"));
  EXPECT_THAT(wrong(of_builder("a\nb"), noon), StartsWith("builder: "));
  EXPECT_THAT(wrong(of_builder(std::string(501, 'a')), noon), StartsWith("builder: "));
  const auto with = [](auto&& change) {
    Silence silence = of_builder("linux");
    change(silence);
    return wrong(silence, noon);
  };
  EXPECT_THAT(with([](Silence& of) { of.why = " "; }), StartsWith("why: "));
  EXPECT_THAT(with([](Silence& of) { of.why = "a\nb"; }), StartsWith("why: "));
  EXPECT_THAT(with([](Silence& of) { of.result = "broken"; }), StartsWith("result: "));
  EXPECT_THAT(with([](Silence& of) { of.until = 0; }), StartsWith("until: is needed"));
  EXPECT_THAT(with([](Silence& of) { of.until = noon; }), StartsWith("until: is in the past"));
  EXPECT_THAT(with([](Silence& of) { of.from = of.until; }), StartsWith("until: is before"));
  EXPECT_THAT(with([](Silence& of) { of.until = noon + longest_silence + 1; }), StartsWith("until: is more"));
  EXPECT_EQ(with([](Silence& of) { of.until = noon + longest_silence; }), "");
  EXPECT_THAT(with([](Silence& of) {
                of.from = noon + longest_silence + 1;
                of.until = of.from + an_hour;
              }),
              StartsWith("from: is more"));
}

}  // namespace
}  // namespace carillon::rule
