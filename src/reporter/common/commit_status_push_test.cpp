#include "reporter/common/commit_status_push.hpp"

#include <gtest/gtest.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

using test::order_of;
using test::sample_build;

// Has a state for each ref, and no place for the codebase "docs".
class SampleForge final : public CommitStatusPush {
 public:
  explicit SampleForge(bool own_runs = false) : CommitStatusPush(own_runs) {}
  Task<Receipt> send(const Delivery&) override { co_return rejected("not sent here"); }

 private:
  Kind kind() const override { return {"forge", {ForgeKind::github, "http://127.0.0.1"}, Hashes::whole}; }

  asio::awaitable<json::object> body_of(const json::object&, const Details&,
                                        std::vector<std::string>& notes) override {
    notes.emplace_back("a note");
    co_return json::object{{"state", "success"}};
  }

  tl::expected<CommitStatus, std::string> status_of(const json::object&,
                                                    const std::vector<ReportedCommit>& commits,
                                                    std::size_t index, const json::object& body) override {
    const Commit& commit = commits[index].commit;
    if (commit.codebase == "docs") return tl::unexpected<std::string>("no place");
    CommitStatus status{.place = "http://h a/b", .name = "linux", .ref = {}, .payload = body};
    if (commit.codebase == "app") status.ref = "main";
    return status;
  }
};

class CommitStatusPushTest : public test::ReporterTest {
 protected:
  // Of sample_build() with these codebases; one revision each.
  std::vector<Delivery> composed(const std::vector<std::string>& codebases) {
    json::object build = sample_build(0);
    auto& stamps = build.at("buildset").at("sourcestamps").as_array();
    const json::value stamp = stamps[0];
    stamps.clear();
    for (std::size_t i = 0; i < codebases.size(); ++i) {
      stamps.push_back(stamp);
      test::sourcestamp(build, i)["codebase"] = codebases[i];
      test::sourcestamp(build, i)["revision"] = std::string(40, static_cast<char>('a' + i));
    }
    SampleForge forge;
    auto made = test::run(io_, forge.compose(order_of(build)));
    return made ? *made : std::vector<Delivery>();
  }
};

TEST_F(CommitStatusPushTest, EachCommitHasItsStatus) {
  const auto made = composed({"app", "docs", "lib"});
  const std::string first(40, 'a');
  const std::string third(40, 'c');
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].key, "forge:ci/builds/7/finished#0");
  EXPECT_EQ(made[0].lane, "forge http://h a/b " + first + " linux");
  EXPECT_EQ(made[0].status, made[0].lane + " main") << "a state for each ref, one lane for all";
  EXPECT_EQ(made[0].target, "http://h a/b aaaaaaaaaaaa");
  EXPECT_EQ(made[0].rank, rank_of(order_of(sample_build(0))));
  EXPECT_EQ(made[0].payload, R"({"state":"success"})");
  EXPECT_EQ(made[0].note, "a note; left out: codebase docs: no place");
  EXPECT_EQ(made[1].key, "forge:ci/builds/7/finished#2");
  EXPECT_EQ(made[1].status, "forge http://h a/b " + third + " linux");
  EXPECT_EQ(made[1].lane, made[1].status);
}

TEST_F(CommitStatusPushTest, WithoutAPlaceNothingIsSentAndTheLedgerSaysWhy) {
  const auto made = composed({"docs"});
  ASSERT_EQ(made.size(), 1U);
  EXPECT_TRUE(made[0].skip);
  EXPECT_EQ(made[0].note, "a note; codebase docs: no place");
}

TEST_F(CommitStatusPushTest, ARunOfTheForgesOwnIsThereAlready) {
  json::object build = sample_build(0);
  const auto states_of = [&](bool own_runs) {
    SampleForge forge(own_runs);
    auto made = test::run(io_, forge.compose(order_of(build)));
    return made && made->size() == 1 ? (made->front().skip ? made->front().note : "a status") : "?";
  };
  build["ci"] = "forge";
  EXPECT_EQ(states_of(false), "a note; the run is shown there already (ownRuns=True reports it, too)");
  EXPECT_EQ(states_of(true), "a status");
  build["ci"] = "another";
  EXPECT_EQ(states_of(false), "a status");
}

TEST_F(CommitStatusPushTest, AReportWithoutBuildsHasNoStatus) {
  SampleForge forge;
  auto made = test::run(io_, forge.compose(Details{}));
  ASSERT_TRUE(made.has_value());
  EXPECT_TRUE(made->empty());
}

}  // namespace
}  // namespace carillon::reporter
