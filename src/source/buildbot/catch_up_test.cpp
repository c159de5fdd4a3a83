#include "source/buildbot/catch_up.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

namespace carillon::source::buildbot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
constexpr Millis now = 1'700'000'000'000;

// A master's database, and its data API as far as catching up uses it.
struct FakeDatabase {
  struct Row {
    std::int64_t id, started_at, complete_at;  // complete_at 0: still open
  };
  std::vector<Row> builds, buildsets;
  std::vector<std::string> workers;
  std::vector<std::string> asked;

  json::value ask(const std::string& path) {
    asked.push_back(path);
    if (path == "workers") {
      json::array list;
      for (const auto& worker : workers)
        list.push_back(json::parse(worker));
      json::object document;
      document["workers"] = list;
      return document;
    }
    const bool is_build = path.starts_with("builds?");
    const std::string id_name = is_build ? "buildid" : "bsid";
    auto rows = is_build ? builds : buildsets;
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.id < b.id; });
    if (path.find("order=-") != path.npos) std::reverse(rows.begin(), rows.end());
    json::array list;
    for (const auto& row : rows) {
      if (!wanted(path, id_name, row)) continue;
      json::object object;
      object[id_name] = row.id;
      object["started_at"] = row.started_at;
      object["complete"] = row.complete_at != 0;
      if (row.complete_at != 0) object["complete_at"] = row.complete_at;
      list.push_back(object);
      if (list.size() == limit(path)) break;
    }
    json::object document;
    document[is_build ? "builds" : "buildsets"] = list;
    document["meta"] = json::object();
    return document;
  }

  static std::size_t limit(const std::string& path) {
    const auto at = path.find("limit=");
    return at == path.npos ? 1'000'000 : std::stoul(path.substr(at + 6));
  }

  static bool wanted(const std::string& path, const std::string& id_name, const Row& row) {
    if (path.find("complete=false") != path.npos) return row.complete_at == 0;
    if (const auto at = path.find("__gt="); at != path.npos) return row.id > std::stoll(path.substr(at + 5));
    if (path.find(id_name + "=") == path.npos) return true;
    return (path + "&").find(id_name + "=" + std::to_string(row.id) + "&") != path.npos;
  }
};

CatchUp run(FakeDatabase& database, std::optional<Cursor> known, Millis at = now, bool was_down = false) {
  CatchUp plan(std::move(known), at, was_down);
  database.asked.clear();
  while (const auto path = plan.next()) {
    const auto understood = plan.answer(database.ask(*path));
    EXPECT_TRUE(understood) << understood.error().what;
    if (!understood || database.asked.size() > 1000) break;
  }
  return plan;
}

// As the session does it; the cursor goes through its stored form.
Cursor after_reporting(const CatchUp& plan) {
  auto cursor = plan.cursor();
  for (const auto& item : plan.due()) {
    if (item.what == Due::What::build_started) cursor.build_started(item.id, std::nullopt);
    if (item.what == Due::What::build_finished) cursor.build_finished(item.id);
    if (item.what == Due::What::buildset_complete) cursor.buildset_complete(item.id);
    if (item.what == Due::What::worker_back) cursor.workers[item.id].came_back();
  }
  return *Cursor::from_json(json::parse(json::serialize(cursor.to_json())));
}

TEST(CatchUp, StartsFromNowTheFirstTime) {
  FakeDatabase database{{{1, 10, 20}, {2, 10, 0}, {3, 11, 30}}, {{1, 5, 30}, {2, 6, 0}}, {}, {}};
  const auto plan = run(database, std::nullopt);
  EXPECT_EQ(plan.outcome(), CatchUp::Outcome::began);
  EXPECT_THAT(plan.due(), IsEmpty());
  EXPECT_EQ(plan.cursor().build(), 3);
  EXPECT_FALSE(plan.cursor().finish_due(1));
  EXPECT_FALSE(plan.cursor().start_due(2));
  EXPECT_TRUE(plan.cursor().finish_due(2));
  EXPECT_TRUE(plan.cursor().start_due(4));
  EXPECT_TRUE(plan.cursor().complete_due(2));
  EXPECT_FALSE(plan.cursor().complete_due(1));
}

TEST(CatchUp, ReportsWhatHappenedInBetweenOnceAndInOrder) {
  FakeDatabase database{{{1, 10, 20}, {2, 10, 0}}, {{1, 5, 30}, {2, 6, 0}}, {}, {}};
  auto cursor = after_reporting(run(database, std::nullopt));
  database.builds = {{1, 10, 20}, {2, 10, 70}, {3, 40, 60}, {4, 50, 0}, {5, 50, 60}};
  database.buildsets = {{1, 5, 30}, {2, 6, 70}, {3, 40, 60}, {4, 40, 0}};
  const auto plan = run(database, cursor);
  EXPECT_EQ(plan.outcome(), CatchUp::Outcome::resumed);
  EXPECT_THAT(plan.due(),
              ElementsAre(Due{Due::What::build_started, 4, 50}, Due{Due::What::build_finished, 3, 60},
                          Due{Due::What::build_finished, 5, 60}, Due{Due::What::buildset_complete, 3, 60},
                          Due{Due::What::build_finished, 2, 70}, Due{Due::What::buildset_complete, 2, 70}));
  cursor = after_reporting(plan);
  EXPECT_THAT(run(database, cursor).due(), IsEmpty());
  database.builds[3].complete_at = 80;
  database.buildsets[3].complete_at = 80;
  EXPECT_THAT(run(database, cursor).due(),
              ElementsAre(Due{Due::What::build_finished, 4, 80}, Due{Due::What::buildset_complete, 4, 80}));
}

TEST(CatchUp, GoesOnWhereItWasInterrupted) {
  FakeDatabase database{{{1, 10, 20}}, {}, {}, {}};
  const auto first = after_reporting(run(database, std::nullopt));
  database.builds = {{1, 10, 20}, {2, 30, 90}, {3, 31, 80}, {4, 32, 0}};
  const auto plan = run(database, first);
  auto cursor = plan.cursor();
  ASSERT_THAT(plan.due(),
              ElementsAre(Due{Due::What::build_started, 4, 32}, Due{Due::What::build_finished, 3, 80},
                          Due{Due::What::build_finished, 2, 90}));
  const auto untouched = *Cursor::from_json(cursor.to_json());
  EXPECT_EQ(run(database, untouched).due().size(), 3U);
  cursor.build_started(4, 32);
  cursor.build_finished(3);
  EXPECT_THAT(run(database, *Cursor::from_json(cursor.to_json())).due(),
              ElementsAre(Due{Due::What::build_finished, 2, 90}));
}

TEST(CatchUp, FindsBuildsWhoseAnnouncementWasOvertaken) {
  FakeDatabase database{{{1, 10, 20}}, {{1, 1, 1}}, {}, {}};
  auto cursor = after_reporting(run(database, std::nullopt));
  cursor.build_started(3, 30);  // 2 exists, but the link broke before it was announced
  cursor.buildset_complete(3);
  database.builds = {{1, 10, 20}, {2, 29, 0}, {3, 30, 0}};
  database.buildsets = {{1, 1, 1}, {2, 1, 35}, {3, 1, 30}};
  EXPECT_THAT(run(database, cursor).due(),
              ElementsAre(Due{Due::What::build_started, 2, 29}, Due{Due::What::buildset_complete, 2, 35}));
}

TEST(CatchUp, PagesThroughLongGaps) {
  FakeDatabase database{{{1, 1, 2}}, {}, {}, {}};
  const auto cursor = after_reporting(run(database, std::nullopt));
  for (int id = 2; id <= 1801; ++id)
    database.builds.push_back({id, id, 5000 - id});
  for (int id = 1; id <= 501; ++id)
    database.buildsets.push_back({id, id, id + 10'000});
  const auto plan = run(database, cursor);
  ASSERT_EQ(plan.due().size(), 1800U + 501U);
  EXPECT_EQ(plan.due().front(), (Due{Due::What::build_finished, 1801, 3199}));
  EXPECT_EQ(plan.due().back(), (Due{Due::What::buildset_complete, 501, 10'501}));
  EXPECT_LT(database.asked.size(), 15U);
}

TEST(CatchUp, AsksForOpenOnesInPiecesAndForgetsThoseThatAreGone) {
  FakeDatabase database;
  for (int id = 1; id <= 250; ++id)
    database.builds.push_back({id, id, 0});
  auto cursor = after_reporting(run(database, std::nullopt));
  database.builds.resize(249);
  database.builds.push_back({251, 300, 0});
  database.builds[0].complete_at = 400;
  const auto plan = run(database, cursor);
  EXPECT_THAT(plan.due(),
              ElementsAre(Due{Due::What::build_started, 251, 300}, Due{Due::What::build_finished, 1, 400}));
  EXPECT_FALSE(plan.cursor().finish_due(250));
  ASSERT_GT(database.asked.size(), 1U);
  for (const auto& path : database.asked)
    EXPECT_LT(path.size(), 1500U);
}

TEST(CatchUp, NoticesARecreatedDatabase) {
  FakeDatabase database{{{7, 10, 20}, {8, 30, 0}}, {{3, 1, 0}}, {}, {}};
  const auto cursor = after_reporting(run(database, std::nullopt));
  FakeDatabase fewer{{{1, 100, 0}, {2, 100, 110}}, {{3, 1, 0}}, {}, {}};
  auto plan = run(fewer, cursor);
  EXPECT_EQ(plan.outcome(), CatchUp::Outcome::recreated);
  EXPECT_THAT(plan.due(), IsEmpty());
  EXPECT_EQ(plan.cursor().epoch, "1700000000");
  EXPECT_TRUE(plan.cursor().finish_due(1));
  EXPECT_FALSE(plan.cursor().finish_due(2));
  EXPECT_FALSE(plan.cursor().finish_due(8) && !plan.cursor().start_due(8));
  FakeDatabase overtaken{{{8, 1000, 1001}, {9, 1000, 0}}, {{3, 1, 0}}, {}, {}};
  EXPECT_EQ(run(overtaken, cursor).outcome(), CatchUp::Outcome::recreated);
  FakeDatabase older_buildsets{{{7, 10, 20}, {8, 30, 0}}, {{2, 1, 0}}, {}, {}};
  EXPECT_EQ(run(older_buildsets, cursor).outcome(), CatchUp::Outcome::recreated);
  EXPECT_EQ(run(database, cursor).outcome(), CatchUp::Outcome::resumed);
}

TEST(CatchUp, NamesThePlaceOfABrokenAnswer) {
  struct Case {
    std::string_view document, place;
  };
  const Case cases[] = {{"[]", "no list 'builds'"},
                        {"{}", "no list 'builds'"},
                        {R"({"builds":{}})", "no list 'builds'"},
                        {R"({"builds":[{"buildid":1},{"buildid":"x"}]})", "builds[1] has no buildid"},
                        {R"({"builds":[null]})", "builds[0] has no buildid"}};
  for (const auto& c : cases) {
    CatchUp plan(std::nullopt, now, false);
    const auto understood = plan.answer(json::parse(c.document));
    ASSERT_FALSE(understood) << c.document;
    EXPECT_EQ(understood.error().kind, Failure::Kind::unreachable);
    EXPECT_THAT(understood.error().what, HasSubstr(c.place));
    EXPECT_THAT(understood.error().what, HasSubstr("builds?order=-buildid&limit=1"));
  }
}

TEST(CatchUp, TakesBuildsOfOddShapeAsFarAsTheyGo) {
  CatchUp plan(Cursor(), now, false);
  const auto* odd =
      R"({"builds":[{"buildid":1,"complete":1},{"buildid":2,"complete":true,"complete_at":"x"}]})";
  while (const auto path = plan.next()) {
    const auto name = path->substr(0, path->find('?'));
    const bool first = *path == "builds?buildid__gt=0&order=buildid&limit=500";
    ASSERT_TRUE(plan.answer(json::parse(first ? odd : "{\"" + name + "\":[]}")));
  }
  EXPECT_THAT(plan.due(),
              ElementsAre(Due{Due::What::build_started, 1, 0}, Due{Due::What::build_finished, 2, 0}));
}

std::string worker(int id, bool connected, bool configured = true) {
  return R"({"workerid":)" + std::to_string(id) + R"(,"name":"w","connected_to":)" +
         (connected ? R"([{"masterid":1}])" : "[]") + R"(,"configured_on":)" +
         (configured ? R"([{"masterid":1,"builderid":2}])" : "[]") + "}";
}

TEST(CatchUp, WatchesWorkersThatWentAwayUnheard) {
  constexpr Millis grace = 60'000;
  FakeDatabase database;
  database.workers = {worker(1, true), worker(2, true), worker(3, false), worker(4, true), worker(5, true)};
  auto cursor = after_reporting(run(database, std::nullopt));
  EXPECT_FALSE(missing_unheard(cursor.workers[3], now + grace, grace));  // nobody knows since when
  database.workers = {worker(1, false), worker(2, true), worker(3, false), worker(4, false, false)};
  cursor = after_reporting(run(database, cursor));
  EXPECT_FALSE(missing_unheard(cursor.workers[1], now, grace));
  EXPECT_TRUE(missing_unheard(cursor.workers[1], now + grace, grace));
  EXPECT_FALSE(missing_unheard(cursor.workers[2], now + grace, grace));
  EXPECT_FALSE(missing_unheard(cursor.workers[3], now + grace, grace));
  EXPECT_FALSE(missing_unheard(cursor.workers[4], now + grace, grace));  // no longer configured
  EXPECT_FALSE(cursor.workers.contains(5));
  cursor = after_reporting(run(database, cursor, now + grace / 2));  // reconnects do not start the time anew
  EXPECT_TRUE(missing_unheard(cursor.workers[1], now + grace, grace));
  cursor.workers[1].missing = true;
  cursor = after_reporting(run(database, cursor, now + grace));
  EXPECT_FALSE(missing_unheard(cursor.workers[1], now + 2 * grace, grace));
  database.workers[0] = worker(1, true);
  const auto plan = run(database, cursor, now + 2 * grace);
  EXPECT_THAT(plan.due(), ElementsAre(Due{Due::What::worker_back, 1, (now + 2 * grace) / 1000}));
  EXPECT_TRUE(plan.cursor().workers.at(1).missing);  // until it is reported
  cursor = after_reporting(plan);
  EXPECT_FALSE(cursor.workers[1].missing);
  EXPECT_EQ(cursor.workers[1].away_since, 0);
  EXPECT_THAT(run(database, cursor, now + 3 * grace).due(), IsEmpty());
}

TEST(CatchUp, GivesWorkersTimeAfterTheMasterWasDown) {
  constexpr Millis grace = 60'000;
  FakeDatabase database;
  database.workers = {worker(1, true), worker(2, true)};
  auto cursor = after_reporting(run(database, std::nullopt));
  // The master says goodbye to its worker when it stops, and is down for longer than the grace.
  cursor.workers[1].connected = false;
  cursor.workers[1].away_since = now;
  database.workers = {worker(1, false), worker(2, false)};
  const auto back = now + 10 * grace;
  cursor = after_reporting(run(database, cursor, back, true));
  for (const auto id : {1, 2}) {
    EXPECT_FALSE(missing_unheard(cursor.workers[id], back + grace - 1, grace)) << id;
    EXPECT_TRUE(missing_unheard(cursor.workers[id], back + grace, grace)) << id;
  }
  EXPECT_EQ(cursor.workers[1].away_since, now);
  // The link alone is lost now and then: the time goes on.
  cursor = after_reporting(run(database, cursor, back + grace / 2));
  EXPECT_TRUE(missing_unheard(cursor.workers[1], back + grace, grace));
}

TEST(CatchUp, KnowsNothingOfTheWorkersOfARecreatedDatabase) {
  FakeDatabase database{{{8, 30, 40}}, {}, {worker(1, false)}, {}};
  auto cursor = after_reporting(run(database, std::nullopt));
  cursor.workers[1].missing = true;
  FakeDatabase fewer{{{1, 100, 110}}, {}, {worker(1, true)}, {}};
  const auto plan = run(fewer, cursor);
  EXPECT_EQ(plan.outcome(), CatchUp::Outcome::recreated);
  EXPECT_THAT(plan.due(), IsEmpty());
  EXPECT_FALSE(plan.cursor().workers.at(1).missing);
}

TEST(Cursor, KeepsEverythingInItsStoredForm) {
  Cursor cursor;
  cursor.epoch = "e";
  cursor.begin_at(5, 50, 3);
  cursor.build_started(8, 80);
  cursor.buildset_seen(5);
  cursor.workers[1].connected = true;
  cursor.workers[2] = {.connected = false,
                       .away_since = 123,
                       .counted_from = 456,
                       .unheard = true,
                       .missing = true,
                       .outage = "then",
                       .notify = json::array{"a@example.org"}};
  const auto stored = cursor.to_json();
  const auto again = Cursor::from_json(json::parse(json::serialize(stored)));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->to_json(), stored);
  EXPECT_THAT(again->open_builds(), ElementsAre(6, 7, 8));
  EXPECT_THAT(again->open_buildsets(), ElementsAre(4, 5));
  EXPECT_EQ(again->build_started_at(), 80);
  EXPECT_TRUE(again->workers.at(2).missing);
  EXPECT_EQ(again->workers.at(2).outage, "then");
  EXPECT_EQ(again->workers.at(2).notify.size(), 1U);
}

TEST(Cursor, DoesNotUnderstandWhatItDidNotWrite) {
  for (const auto* text : {"null", "5", "[]", "{}", R"({"version":2})", R"({"version":"1"})"}) {
    EXPECT_FALSE(Cursor::from_json(json::parse(text))) << text;
  }
  const auto odd = Cursor::from_json(json::parse(
      R"({"version":1,"running":[1,"x",null],"workers":{"a":{},"-1":{},"3":5,"4":{"connected":1}}})"));
  ASSERT_TRUE(odd);
  EXPECT_THAT(odd->open_builds(), ElementsAre(1));
  EXPECT_EQ(odd->workers.size(), 1U);
}

TEST(Cursor, IsBounded) {
  Cursor cursor;
  cursor.build_seen(5'000'000, std::nullopt);  // a sequence that jumped
  EXPECT_LE(cursor.open_builds().size(), 1001U);
  for (int id = 1; id <= 30'000; ++id)
    cursor.buildset_seen(id);
  EXPECT_EQ(cursor.open_buildsets().size(), 20'000U);
  EXPECT_EQ(cursor.open_buildsets().back(), 30'000);
}

}  // namespace
}  // namespace carillon::source::buildbot
