#include "reporter/common/commit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

using settings::Value;
using test::fake_object;
using test::order_of;
using test::request_order;
using test::sample_build;
using test::text;
using test::value_of;
using testing::HasSubstr;

class CommitStatusTest : public test::ReporterTest {
 protected:
  std::optional<std::string> described(const Details& details, test::Keywords keywords,
                                       std::size_t max_chars = 100) {
    settings::Schema schema;
    schema.name = "Push";
    for (const char* name : {"startDescription", "endDescription"})
      schema.arguments.push_back(
          {name, {settings::Type::string, settings::Type::renderable}, false, Value{}});
    add_our_arguments(schema);
    const auto made = read_descriptions(bind(schema, std::move(keywords)), "It began.", std::nullopt);
    notes_.clear();
    return test::run(io_, describe(made, details, max_chars, notes_));
  }
  std::vector<std::string> notes_;
};

TEST_F(CommitStatusTest, EachPhaseHasItsDescription) {
  const test::Keywords all = {{"pendingDescription", text("waits")},
                              {"startDescription", text("begins")},
                              {"endDescription", text("ends")}};
  EXPECT_EQ(described(request_order(), all), "waits");
  EXPECT_EQ(described(order_of(sample_build(-1)), all), "begins");
  EXPECT_EQ(described(order_of(sample_build(5)), all), "ends");
  EXPECT_EQ(described(order_of(sample_build(0)), all), "ends");
  EXPECT_EQ(described(request_order(6), all), "ends");
}

TEST_F(CommitStatusTest, NoneAndEmptyAreTheFallback) {
  EXPECT_EQ(described(order_of(sample_build(-1)), {}), "It began.");
  EXPECT_EQ(described(order_of(sample_build(-1)), {{"startDescription", text("")}}), "It began.");
  EXPECT_EQ(described(order_of(sample_build(0)), {}), std::nullopt);
  EXPECT_EQ(described(order_of(sample_build(-1)), {{"startDescription", text(" \n")}}), std::nullopt);
  const auto broken = fake_object(rejected("x.cfg:9: KeyError"));
  EXPECT_EQ(described(order_of(sample_build(-1)), {{"startDescription", value_of(broken)}}), "It began.");
  EXPECT_THAT(joined_notes(notes_), HasSubstr("x.cfg:9"));
}

TEST_F(CommitStatusTest, DescriptionsAreOneShortLine) {
  EXPECT_EQ(described(order_of(sample_build(0)), {{"endDescription", text("a\r\nb \xff")}}), "a b \uFFFD");
  EXPECT_EQ(described(order_of(sample_build(0)), {{"endDescription", text("abcdef")}}, 3), "ab\u2026");
}

TEST_F(CommitStatusTest, TheSheetTellsWhatIsLeftOut) {
  Commit docs;
  docs.codebase = "docs";
  StatusSheet sheet("forge", order_of(sample_build(0)));
  sheet.add(0, "forge a\nb", "target", "{}");
  sheet.add(1, "forge a b", "target", "{}");
  sheet.leave_out(docs, "no revision");
  const auto made = std::move(sheet).deliveries({"a note"});
  ASSERT_EQ(made.size(), 1U) << "the same identity twice";
  EXPECT_EQ(made[0].key, "forge:ci/builds/7/finished#0");
  EXPECT_EQ(made[0].lane, "forge a b");
  EXPECT_EQ(made[0].status, made[0].lane);
  EXPECT_EQ(made[0].rank, rank_of(order_of(sample_build(0))));
  EXPECT_EQ(made[0].note, "a note; left out: codebase docs: no revision");
  EXPECT_FALSE(made[0].skip);
}

// What is reported of sample_build() with this revision in its sourcestamp and this got_revision.
std::string revision_reported(json::value given, json::value got, Hashes hashes = Hashes::whole) {
  json::object build = sample_build(0);
  test::sourcestamp(build)["revision"] = std::move(given);
  build.at("properties").as_object()["got_revision"] = json::array{std::move(got), "Git"};
  StatusSheet sheet("forge", order_of(build));
  const auto commits = reported_commits(build, {ForgeKind::github, "http://127.0.0.1"}, hashes, sheet);
  if (!commits.empty()) return commits.at(0).commit.revision;
  return std::move(sheet).deliveries({}).at(0).note;
}

TEST_F(CommitStatusTest, TheRevisionThatWasCheckedOutStandsInForNoneAndForAShortOne) {
  constexpr const char* whole = "89abcdef0123456789abcdef0123456789abcdef";
  constexpr const char* given = "0123456789abcdef0123456789abcdef01234567";
  EXPECT_EQ(revision_reported(nullptr, whole), whole);
  EXPECT_EQ(revision_reported("89abcde", whole), whole);
  EXPECT_EQ(revision_reported("89abcde", whole, Hashes::abbreviated), whole);
  EXPECT_EQ(revision_reported("main", whole), whole);
  EXPECT_EQ(revision_reported(nullptr, json::object{{"", whole}}), whole);
  EXPECT_EQ(revision_reported(nullptr, json::object{{"app", whole}}), whole) << "there is one commit";
  EXPECT_EQ(revision_reported(given, whole), given) << "what was asked for was checked out";
  EXPECT_EQ(revision_reported("89abcde", nullptr, Hashes::abbreviated), "89abcde");
  EXPECT_EQ(revision_reported(nullptr, "89abcde", Hashes::abbreviated), "89abcde");
  EXPECT_EQ(revision_reported(nullptr, nullptr), "no revision");
  EXPECT_EQ(revision_reported(nullptr, "48213"), "no revision");
  EXPECT_EQ(revision_reported("89abcde", nullptr),
            "the revision 89abcde is abbreviated, and the service takes whole ones only");
  EXPECT_EQ(revision_reported("48213", nullptr, Hashes::abbreviated),
            "the revision 48213 is not a commit hash");
}

TEST_F(CommitStatusTest, EachCodebaseHasItsOwnRevision) {
  const std::string app = std::string(40, 'a');
  const std::string lib = std::string(40, 'b');
  json::object build = sample_build(0);
  auto& stamps = build.at("buildset").at("sourcestamps").as_array();
  stamps.push_back(stamps[0]);
  for (std::size_t i = 0; i < 2; ++i) {
    test::sourcestamp(build, i)["revision"] = nullptr;
    test::sourcestamp(build, i)["codebase"] = i == 0 ? "app" : "lib";
  }
  build.at("properties").as_object()["got_revision"] =
      json::array{json::object{{"lib", lib.c_str()}, {"app", app.c_str()}}, "Git"};
  StatusSheet sheet("forge", order_of(build));
  const auto commits = reported_commits(build, {ForgeKind::github, "http://h"}, Hashes::whole, sheet);
  ASSERT_EQ(commits.size(), 2U);
  EXPECT_EQ(commits[0].commit.revision, app);
  EXPECT_EQ(commits[1].commit.revision, lib);
  EXPECT_EQ(commits[1].index, 1U);
}

TEST_F(CommitStatusTest, AnEmptySheetIsOneSkippedDelivery) {
  StatusSheet sheet("forge", order_of(sample_build(0)));
  sheet.leave_out(Commit{}, "no revision");
  sheet.leave_out(Commit{}, "no project");
  const auto made = std::move(sheet).deliveries({});
  ASSERT_EQ(made.size(), 1U);
  EXPECT_TRUE(made[0].skip);
  EXPECT_EQ(made[0].note, "no revision; no project");
  EXPECT_EQ(made[0].key, "forge:ci/builds/7/finished#none");
}

}  // namespace
}  // namespace carillon::reporter
