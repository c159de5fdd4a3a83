#include "reporter/commit_status.hpp"

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
  std::optional<std::string> described(const Order& order, test::Keywords keywords,
                                       std::size_t max_chars = 100) {
    settings::Schema schema;
    schema.name = "Push";
    for (const char* name : {"startDescription", "endDescription"})
      schema.arguments.push_back(
          {name, {settings::Type::string, settings::Type::renderable}, false, Value{}});
    add_pending_argument(schema);
    const auto made = read_descriptions(bind(schema, std::move(keywords)), "It began.", std::nullopt);
    notes_.clear();
    return test::run(io_, describe(made, order, max_chars, notes_));
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
