#include "source/alertmanager/alertmanager_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::alertmanager {
namespace {

using hook::Phase;

json::object alert(const json::object& changes = {}) {
  json::object made{
      {"status", "firing"},
      {"labels",
       json::object{{"alertname", "RopeWorn"}, {"instance", "tower-1"}, {"severity", "critical"}, {"n", 1}}},
      {"annotations", json::object{{"summary", "The rope of the tenor is worn"}}},
      {"startsAt", "2026-05-04T10:07:31.5Z"},
      {"endsAt", "0001-01-01T00:00:00Z"},
      {"generatorURL", "http://prometheus.example.org/graph"},
      {"fingerprint", "c4f9e8d7"}};
  for (const auto& [name, value] : changes)
    made[name] = value;
  return made;
}

json::object group(json::array alerts) {
  return {
      {"version", "4"},         {"groupKey", "{}:{alertname=\"RopeWorn\"}"},  {"status", "firing"},
      {"receiver", "carillon"}, {"externalURL", "http://alerts.example.org"}, {"alerts", std::move(alerts)}};
}

class AlertmanagerHookTest : public testing::Test {
 protected:
  Result<hook::Heard> hear(const json::object& body) { return hook_.hear({}, json::serialize(body), 0); }
  hook::Run run(const json::object& one) {
    auto heard = hear(group({one}));
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run" : heard.error().what);
    return {};
  }
  std::string refused(const json::object& body) {
    auto heard = hear(body);
    return heard ? "taken" : heard.error().what;
  }

  AlertmanagerHook hook_{hook::Secrets{Secret("hush")}};
};

TEST_F(AlertmanagerHookTest, WhatFiresHasFailed) {
  const hook::Run made = run(alert());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "c4f9e8d7-1777889251");
  EXPECT_EQ(made.occurrence, "firing");
  EXPECT_EQ(made.number, 1777889251 / 60);
  EXPECT_EQ(made.attempt, 1);
  EXPECT_EQ(made.ended, 1777889251);
  EXPECT_EQ(made.pipeline, "RopeWorn");
  EXPECT_EQ(made.job, "tower-1");
  EXPECT_EQ(made.said, "The rope of the tenor is worn");
  EXPECT_EQ(made.url, "http://prometheus.example.org/graph");
  EXPECT_THAT(made.tags, testing::ElementsAre("critical"));
  EXPECT_THAT(made.properties,
              testing::Contains(std::pair<std::string, json::value>("label_instance", "tower-1")));
  EXPECT_THAT(made.properties, testing::Contains(std::pair<std::string, json::value>(
                                   "alert_group_key", "{}:{alertname=\"RopeWorn\"}")));
}

TEST_F(AlertmanagerHookTest, WhatIsResolvedComesBehind) {
  const hook::Run made = run(alert({{"status", "resolved"}, {"endsAt", "2026-05-04T11:07:31Z"}}));
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::success}));
  EXPECT_EQ(made.id, "c4f9e8d7-1777889251");
  EXPECT_EQ(made.occurrence, "resolved");
  EXPECT_EQ(made.number, 1777889251 / 60);
  EXPECT_EQ(made.attempt, 2);
  EXPECT_EQ(made.ended, 1777889251 + 3600);
}

TEST_F(AlertmanagerHookTest, EachAlertOfAGroup) {
  auto heard = hear(group({alert(), alert({{"fingerprint", "x/y"}})}));
  ASSERT_TRUE(heard.has_value()) << heard.error().what;
  ASSERT_EQ(heard->runs.size(), 2U);
  EXPECT_EQ(heard->runs[1].id, "x%2Fy-1777889251");
  json::object cut = group({alert({{"status", "odd"}})});
  cut["truncatedAlerts"] = 3;
  heard = hear(cut);
  EXPECT_THAT(heard->notes,
              testing::ElementsAre("unknown status 'odd'", "3 alerts were left out: raise max_alerts"));
  EXPECT_EQ(heard->runs.at(0).state.results, Results::exception);
  EXPECT_EQ(hear(group({}))->ignored, "no alerts");
}

TEST_F(AlertmanagerHookTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(refused({}), "version: must be \"4\", the form of Alertmanager 0.5 and later");
  EXPECT_EQ(refused({{"version", "4"}}), "alerts: missing, or no list");
  EXPECT_EQ(refused(group({alert(), alert({{"fingerprint", nullptr}})})),
            "alerts[1].fingerprint: must be a string, not null");
  EXPECT_EQ(refused(group({alert({{"startsAt", "yesterday"}})})), "alerts[0].startsAt: is no moment");
  EXPECT_EQ(run(alert({{"labels", json::object()}})).pipeline, "alert");
}

TEST_F(AlertmanagerHookTest, OnlyTheTokensHolderIsHeard) {
  web::Head head;
  head.authorization = "Bearer hush";
  EXPECT_TRUE(hook_.may_be_right(head));
  EXPECT_TRUE(hook_.is_right(head, "{}", 0));
  head.authorization = "Bearer hushed";
  EXPECT_FALSE(hook_.may_be_right(head));
  EXPECT_FALSE(hook_.is_right(head, "{}", 0));
}

}  // namespace
}  // namespace carillon::source::alertmanager
