#include "source/buildbot/buildbot_fixture.hpp"

namespace carillon::source::buildbot {
namespace {

using testing::ElementsAre;

class Workers : public BuildbotMaster {
 protected:
  // The master's alarm.
  void miss(const std::string& last_connection) {
    fake_.worker_connected = false;
    fake_.announce(R"({"k":"workers/1/missing","m":{"workerid":1,"name":"bell-1","notify":["a@example.org"],)"
                   R"("last_connection":")" +
                   last_connection + "\"}}");
  }
  void connect() {
    fake_.worker_connected = true;
    fake_.announce(R"({"k":"workers/1/connected","m":{"workerid":1,"name":"bell-1"}})");
  }
  // Everything that was announced before is heard afterwards.
  void settle() {
    fake_.start_build(++builds_);
    const auto last = "builds/" + std::to_string(builds_) + "/new";
    ASSERT_TRUE(until([&] { return !sink_.keys.empty() && sink_.keys.back() == last; }));
  }
  void expect(const std::vector<std::string>& workers) {
    std::vector<std::string> heard;
    for (const auto& key : sink_.keys) {
      if (key.starts_with("workers/")) heard.push_back(key);
    }
    EXPECT_EQ(heard, workers);
  }
  int builds_ = 0;
};

TEST_F(Workers, AreReportedMissing) {
  observe();
  fake_.announce(R"({"k":"workers/1/disconnected","m":{"workerid":1,"name":"bell-1","connected_to":[]}})");
  fake_.announce(R"({"k":"workers/1/missing","m":{"workerid":1,"name":"bell-1","notify":["a@example.org"],)"
                 R"("last_connection":"Sun Jan 31 12:00:00 2026"}})");
  ASSERT_TRUE(until_events(1));
  EXPECT_THAT(sink_.keys, ElementsAre("workers/1/missing@Sun Jan 31 12:00:00 2026"));
  EXPECT_EQ(array_at(sink_.events[0].body, "notify")->size(), 1U);
}

TEST_F(Workers, AreReportedMissingWhenTheAlarmWasMissed) {
  settings::Value soon;
  soon.v = std::int64_t{1};
  observe({{"missing_timeout", soon}});
  fake_.announce(R"({"k":"workers/1/missing","m":{"workerid":1,"name":"bell-1","notify":["a@example.org"],)"
                 R"("last_connection":"then"}})");
  ASSERT_TRUE(until_events(1));
  fake_.announce(R"({"k":"workers/1/connected","m":{"workerid":1,"name":"bell-1"}})");
  ASSERT_TRUE(until_events(2));
  fake_.worker_connected = false;
  fake_.lose_links();
  ASSERT_TRUE(until_events(3));
  const auto& body = sink_.events[2].body;
  EXPECT_EQ(string_at(body, "name"), "bell-1");
  EXPECT_EQ(array_at(body, "notify")->size(), 1U);
  EXPECT_TRUE(string_at(body, "last_connection").has_value());
  // The master's own alarm for the same absence is not a second one.
  fake_.announce(R"({"k":"workers/1/missing","m":{"workerid":1,"name":"bell-1","last_connection":"now"}})");
  fake_.start_build(1);
  ASSERT_TRUE(until_events(4));
  EXPECT_EQ(sink_.keys[3], "builds/1/new");
}

TEST_F(Workers, AreReportedBackOnceForEachOutage) {
  observe();
  connect();  // it was not missing
  miss("first");
  connect();
  connect();
  ASSERT_TRUE(until_events(2));
  EXPECT_EQ(string_at(sink_.events[1].body, "name"), "bell-1");
  EXPECT_EQ(find(sink_.stored.as_object(), "workers.1.missing"), nullptr);
  miss("second");
  connect();
  settle();
  expect({"workers/1/missing@first", "workers/1/connected@first", "workers/1/missing@second",
          "workers/1/connected@second"});
}

TEST_F(Workers, AreNotReportedBackWhereNobodyAsks) {
  sink_.back = false;
  observe();
  miss("first");
  connect();
  miss("second");
  settle();
  expect({"workers/1/missing@first", "workers/1/missing@second"});
}

TEST_F(Workers, AreReportedBackWhenThatHappenedWhileTheLinkWasLost) {
  observe();
  miss("first");
  ASSERT_TRUE(until_events(1));
  fake_.lose_links();
  fake_.worker_connected = true;
  ASSERT_TRUE(until_events(2));
  expect({"workers/1/missing@first", "workers/1/connected@first"});
  EXPECT_EQ(string_at(sink_.events[1].body, "name"), "bell-1");
  EXPECT_EQ(find(sink_.stored.as_object(), "workers.1.missing"), nullptr);
}

TEST_F(Workers, AreReportedBackWhenThatHappenedWhileNobodyListened) {
  observe();
  miss("first");
  ASSERT_TRUE(until_events(1));
  stop();
  fake_.worker_connected = true;
  observe();
  ASSERT_TRUE(until_events(2));
  stop();
  observe();
  settle();
  expect({"workers/1/missing@first", "workers/1/connected@first"});
}

TEST_F(Workers, StayMissingHoweverOftenTheMasterSaysSo) {
  observe();
  miss("first");
  ASSERT_TRUE(until_events(1));
  fake_.lose_links();  // the master restarts
  ASSERT_TRUE(until([this] { return fake_.links() == 1; }));
  miss("since its start");
  settle();
  connect();
  settle();
  expect({"workers/1/missing@first", "workers/1/connected@first"});
}

TEST_F(Workers, WhoseAlarmWasMissedAreReportedBack) {
  settings::Value soon;
  soon.v = std::int64_t{1};
  observe({{"missing_timeout", soon}});
  fake_.worker_connected = false;
  fake_.lose_links();
  ASSERT_TRUE(until_events(1));
  connect();
  ASSERT_TRUE(until_events(2));
  const auto outage = sink_.events[0].occurrence;
  expect({"workers/1/missing@" + outage, "workers/1/connected@" + outage});
}

TEST_F(Workers, HaveTimeToComeBackAfterAMasterWasDown) {
  observe();
  fake_.worker_connected = false;
  fake_.announce(R"({"k":"workers/1/disconnected","m":{"workerid":1,"name":"bell-1"}})");
  ASSERT_TRUE(until([this] { return find(sink_.stored.as_object(), "workers.1.away_since") != nullptr; }));
  stop();
  // Two hours later, when the default missing_timeout of one hour is over, the master is there again.
  auto& kept = sink_.stored.as_object()["workers"].as_object()["1"].as_object();
  kept["away_since"] = kept["away_since"].as_int64() - 7'200'000;
  observe();
  settle();
  EXPECT_NE(find(sink_.stored.as_object(), "workers.1.unheard"), nullptr);
  expect({});
  connect();
  settle();
  expect({});
}

}  // namespace
}  // namespace carillon::source::buildbot
