#include "reporter/common/progress.hpp"

#include <limits>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

using test::order_of;
using test::request_order;
using test::sample_build;

Details at(json::object build, std::int64_t number, std::int64_t started) {
  build["number"] = number;
  build["started_at"] = started;
  return order_of(std::move(build));
}

TEST(Progress, PhasesAndResults) {
  EXPECT_EQ(progress_of(request_order()).phase, Phase::waiting);
  EXPECT_EQ(progress_of(order_of(sample_build(-1))).phase, Phase::started);
  EXPECT_FALSE(progress_of(order_of(sample_build(-1))).results);
  EXPECT_EQ(progress_of(order_of(sample_build(5))).phase, Phase::retried);
  for (const int results : {0, 1, 2, 3, 4, 6}) {
    const Progress progress = progress_of(order_of(sample_build(results)));
    EXPECT_EQ(progress.phase, Phase::finished);
    EXPECT_EQ(progress.results, results_from(results));
  }
  EXPECT_EQ(progress_of(request_order(6)).phase, Phase::finished);
  EXPECT_EQ(progress_of(request_order(6)).results, Results::cancelled);
  json::object broken = sample_build(0);
  broken["results"] = 99;
  EXPECT_EQ(progress_of(order_of(broken)).results, Results::exception);
}

TEST(Progress, ABuildsRanksGrow) {
  const auto waits = rank_of(request_order());
  const auto starts = rank_of(order_of(sample_build(-1)));
  const auto retried = rank_of(order_of(sample_build(5)));
  const auto again = rank_of(at(sample_build(-1), 4, 1700000050));
  const auto ends = rank_of(at(sample_build(0), 4, 1700000050));
  EXPECT_LT(waits, starts);
  EXPECT_LT(starts, retried);
  EXPECT_LT(retried, again);
  EXPECT_LT(again, ends);
  EXPECT_LT(retried, rank_of(request_order(6))) << "a retried build's request that is cancelled";
  EXPECT_LT(starts, rank_of(order_of(sample_build(0))));
}

TEST(Progress, ALaterRequestWinsOverAnEarlierOneWhateverItsBuildsDo) {
  json::object later = sample_build(-1);
  later.at("buildrequest").as_object()["submitted_at"] = 1700000001;
  later["started_at"] = 1700000005;
  EXPECT_LT(rank_of(order_of(sample_build(2))), rank_of(order_of(later)));
}

TEST(Progress, ProducersWithoutTimes) {
  const auto bare = [](int results, int number) {
    json::object build = sample_build(results);
    for (const char* time : {"started_at", "complete_at", "buildrequest"})
      build.erase(time);
    build["buildset"] = json::object();
    build["number"] = number;
    return order_of(build);
  };
  EXPECT_LT(rank_of(bare(-1, 7)), rank_of(bare(2, 7)));
  EXPECT_LT(rank_of(bare(-1, 8)), rank_of(bare(2, 7))) << "a start can never hide an end that was heard";
  json::object started = sample_build(-1);
  for (const char* time : {"buildrequest", "buildset"})
    started[time] = json::object();
  EXPECT_LT(rank_of(order_of(started)), rank_of(bare(0, 3))) << "the start told a time, the end did not";
}

TEST(Progress, AbsurdTimesStayInBounds) {
  json::object build = sample_build(0);
  build.at("buildrequest").as_object()["submitted_at"] = -5;
  EXPECT_GE(rank_of(order_of(build)), 0);
  build.at("buildrequest").as_object()["submitted_at"] = std::int64_t{1} << 40;
  EXPECT_GT(rank_of(order_of(build)), 0);
}

TEST(Progress, TimesAtBothEndsOfAll) {
  json::object build = sample_build(0);
  build.at("buildrequest").as_object()["submitted_at"] = std::numeric_limits<std::int64_t>::min();
  build["started_at"] = std::numeric_limits<std::int64_t>::max();
  const auto rank = rank_of(order_of(build));
  build.at("buildrequest").as_object()["submitted_at"] = 0;
  EXPECT_EQ(rank, rank_of(order_of(build)));
}

}  // namespace
}  // namespace carillon::reporter
