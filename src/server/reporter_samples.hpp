// For tests: one sample configuration of every reporter, and a build that every one of them can report.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

#include "fakes/reporter_fixture.hpp"
#include "rule/rule.hpp"

namespace carillon::server {

// 32 letters and digits, as Pushjet has them.
inline constexpr const char* secret = "s3cr3tOfTheSampleConfig123456789";

inline settings::Value hidden() {
  return settings::Value{Secret(secret)};
}

// What breaks out of whatever it is put into without care; of about that many bytes.
inline std::string nasty_text(std::size_t size) {
  std::string made =
      "\xf0\x9f\x94\x94 <b>bold</b>\r\nSubject: forged\r\n\r\n'\"`$(id)\\ \t\x01 -->]]> */ &amp; %s {{x}} ";
  while (made.size() < size)
    made += "\u00e4\u00f6\u00fc<&>'\"\n";
  return made;
}

inline std::string nasty_name(std::size_t size) {
  return nasty_text(std::min<std::size_t>(size, 5000));
}

// HipChat tells of builders that it is told of.
inline settings::Value hipchat_rooms() {
  settings::Dict rooms;
  for (const std::string& builder : {std::string("linux"), nasty_name(3000), nasty_name(1'000'000)}) {
    rooms.keys.push_back(test::text(builder));
    rooms.values.push_back(test::text("room"));
  }
  return settings::Value{rooms};
}

struct Sample {
  test::Keywords keywords;
  // Else the fake client sees nothing of it (SMTP, ssh).
  bool sends_http = true;
};

// Bases for classes of the configuration: they send nothing by themselves
// (reporter/common/scripted_test.cpp).
inline bool is_base(const std::string& name) {
  return name == "HttpStatusPushBase" || name == "ReporterBase";
}

inline const std::map<std::string, Sample>& samples() {
  const auto pair = [] { return settings::Value{settings::List{test::text("user"), hidden()}}; };
  const settings::Value all = test::text("all");
  static const std::map<std::string, Sample> table = {
      {"MailNotifier",
       {{{"fromaddr", test::text("ci@example.org")},
         {"extraRecipients", settings::Value{settings::List{test::text("dev@example.org")}}},
         {"smtpUser", hidden()},
         {"smtpPassword", hidden()},
         {"mode", all}},
        false}},
      {"HttpStatusPush",
       {{{"serverUrl", test::text("http://h/x?k=s3cr3tOfTheSampleConfig123456789")}, {"auth", pair()}}}},
      {"GitHubStatusPush", {{{"token", hidden()}, {"pendingDescription", test::text("waiting")}}}},
      {"GitHubCommentPush", {{{"token", hidden()}, {"startDescription", test::text("started")}}}},
      {"GitLabStatusPush", {{{"token", hidden()}, {"pendingDescription", test::text("waiting")}}}},
      {"BitbucketStatusPush",
       {{{"oauth_key", hidden()},
         {"oauth_secret", hidden()},
         {"pendingDescription", test::text("waiting")}}}},
      {"BitbucketServerStatusPush",
       {{{"base_url", test::text("https://bb/")},
         {"user", hidden()},
         {"password", hidden()},
         {"pendingDescription", test::text("waiting")}}}},
      {"BitbucketServerPRCommentPush",
       {{{"base_url", test::text("https://bb/")},
         {"user", hidden()},
         {"password", hidden()},
         {"mode", all}}}},
      {"GerritStatusPush", {{{"server", test::text("gerrit")}, {"username", test::text("bot")}}, false}},
      {"GerritVerifyStatusPush",
       {{{"baseURL", test::text("https://gerrit")},
         {"auth", pair()},
         {"pendingDescription", test::text("waiting")}}}},
      {"HipChatStatusPush", {{{"auth_token", hidden()}, {"builder_room_map", hipchat_rooms()}}}},
      {"ZulipStatusPush",
       {{{"endpoint", test::text("zulip")}, {"token", hidden()}, {"stream", test::text("ci")}}}},
      {"PushoverNotifier", {{{"user_key", hidden()}, {"api_token", hidden()}, {"mode", all}}}},
      {"PushjetNotifier", {{{"secret", hidden()}, {"mode", all}}}},
      {"SlackStatusPush",
       {{{"serverUrl", settings::Value{Secret(std::string("https://hooks.slack.com/services/") + secret)}},
         {"mode", all}}}},
      {"IRC",
       {{{"host", test::text("irc.example.org")},
         {"nick", test::text("bells")},
         {"channels", settings::Value{settings::List{test::text("#builds")}}},
         {"password", hidden()},
         {"notify_events", settings::Value{settings::List{test::text("started"), test::text("finished")}}}},
        false}},
      {"TelegramBot",
       {{{"bot_token", settings::Value{Secret(std::string("123456:") + secret)}},
         {"bot_username", test::text("BellsBot")},
         {"chat_ids", settings::Value{settings::List{settings::Value{std::int64_t{-1234567}}}}},
         {"notify_events", settings::Value{settings::List{test::text("started"), test::text("finished")}}}}}},
  };
  return table;
}

// Whether the rule, or the audience in its place, wants the report of a build.
inline bool wants_build(const rule::Rule& rule, const reporter::Details& details) {
  const BuildFacts facts = facts_of(details.builds.front());
  const Decision decision = rule.audience
                                ? rule.audience->decide(details.kind, details.source, facts, std::nullopt)
                                : rule::decide_build(rule, details.kind, facts, std::nullopt);
  return decision.outcome == Decision::Outcome::report;
}

// A build that every reporter can report: a pull request on a forge and a change in Gerrit.
inline json::object reportable(int results) {
  json::object build = test::sample_build(results);
  json::object& properties = build.at("properties").as_object();
  const auto set = [&](const char* name, json::value value) {
    properties[name] = json::array{std::move(value), "x"};
  };
  set("branch", "refs/pull/5/merge");
  set("pullrequesturl", "https://bb/projects/P/repos/R/pull-requests/5/overview");
  set("source_project_id", 17);
  set("event.change.id", "Iabc123");
  set("event.change.number", 12);
  set("event.change.project", "example/project");
  set("event.patchSet.revision", "0123456789abcdef0123456789abcdef01234567");
  set("event.patchSet.number", 1);
  set("gerrit_changes", json::parse(R"([{"change_id": "Iabc123", "revision_id": "0123456789abcdef"}])"));
  test::sourcestamp(build)["branch"] = "refs/pull/5/merge";
  return build;
}

}  // namespace carillon::server
