#include "model/event.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

json::object parse(const char* text) {
  return json::parse(text).as_object();
}

TEST(KindOf, ReadsRoutingKeys) {
  EXPECT_EQ(kind_of("builds/7/new"), EventKind::build_started);
  EXPECT_EQ(kind_of("builds/7/finished"), EventKind::build_finished);
  EXPECT_EQ(kind_of("builds/a/b/7/finished"), EventKind::build_finished);
  EXPECT_EQ(kind_of("buildsets/3/complete"), EventKind::buildset_complete);
  EXPECT_EQ(kind_of("workers/2/missing"), EventKind::worker_missing);
  EXPECT_EQ(kind_of("builds/7/update"), EventKind::other);
  EXPECT_EQ(kind_of("builds"), EventKind::other);
  EXPECT_EQ(kind_of(""), EventKind::other);
}

TEST(EndOf, IsTheKeyOfTheEndOfAStart) {
  EXPECT_EQ(end_of("builds/a/b/7/new"), "builds/a/b/7/finished");
  EXPECT_EQ(end_of("buildrequests/3/new"), "buildrequests/3/complete");
  for (const char* key : {"builds/7/finished", "buildrequests/3/complete", "workers/2/missing",
                          "buildsets/3/complete", "builds/7/update", "builds/new", "new", ""})
    EXPECT_EQ(end_of(key), "") << key;
}

TEST(FactsOf, ALaterTryOfANumberIsLater) {
  const RunNumber second = facts_of(parse(R"({"number": 7, "attempt": 2})")).run();
  EXPECT_EQ(second, (RunNumber{7, 2}));
  EXPECT_LT(facts_of(parse(R"({"number": 7})")).run(), second);
  EXPECT_LT(second, facts_of(parse(R"({"number": 8, "attempt": 1})")).run());
  EXPECT_LT(facts_of(parse(R"({"number": 7, "attempt": "3"})")).run(), second) << "no number: the first one";
  EXPECT_LT(second, after_all_runs);
}

TEST(FactsOf, ReadsWhatRulesNeed) {
  const BuildFacts facts = facts_of(parse(R"({"number": 7, "results": 2,
      "builder": {"name": "linux", "tags": ["a", "b"]}, "buildset": {"bsid": 3, "sourcestamps": [{"branch": "main"}]},
      "properties": {"scheduler": ["nightly", "Scheduler"]}})"));
  EXPECT_EQ(facts.builder, "linux");
  EXPECT_EQ(facts.run(), (RunNumber{7, 1}));
  EXPECT_EQ(facts.results, Results::failure);
  EXPECT_EQ(facts.buildset, 3);
  EXPECT_EQ(facts.branch, "main");
  EXPECT_EQ(facts.scheduler, "nightly");
  EXPECT_EQ(facts.tags, (std::vector<std::string>{"a", "b"}));
}

TEST(FactsOf, PropertyBranchComesBeforeTheSourcestamp) {
  const BuildFacts facts = facts_of(parse(R"({"properties": {"branch": ["dev", "Build"]},
      "buildset": {"sourcestamps": [{"branch": "main"}]}})"));
  EXPECT_EQ(facts.branch, "dev");
}

TEST(FactsOf, SurvivesAnyShape) {
  for (const char* text :
       {"{}", R"({"builder": 3, "properties": [], "buildset": "x", "results": "2"})",
        R"({"properties": {"branch": [null, "Build"]}, "buildset": {"sourcestamps": [7]}})"}) {
    const BuildFacts facts = facts_of(parse(text));
    EXPECT_EQ(facts.builder, "");
    EXPECT_EQ(facts.results, std::nullopt);
    EXPECT_EQ(facts.branch, "");
  }
}

TEST(ResponsibleUsers, AreAuthorsPatchAuthorsAndOwnersOnce) {
  const auto users =
      responsible_users(parse(R"({"changes": [{"author": "b"}, {"author": "a"}, {"author": "b"}],
      "buildset": {"sourcestamps": [{"patch": {"author": "p"}}, {"patch": null}]},
      "properties": {"owner": ["o", "Force"], "owners": [["x", "y", 3], "Scheduler"]}})"));
  EXPECT_EQ(users, (std::vector<std::string>{"a", "b", "o", "p", "x", "y"}));
}

TEST(IdOf, NamesAnOccurrence) {
  Event event;
  event.source = "ci";
  event.key = "workers/2/missing";
  EXPECT_EQ(id_of(event), "ci/workers/2/missing");
  event.occurrence = "5";
  EXPECT_EQ(id_of(event), "ci/workers/2/missing@5");
}

}  // namespace
}  // namespace carillon
