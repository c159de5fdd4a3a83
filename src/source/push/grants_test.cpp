#include "source/push/grants.hpp"

#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::source::push {
namespace {

using testing::StartsWith;

Event event_of(const std::string& key, const std::string& body) {
  Event event;
  event.key = key;
  event.body = json::parse(body).as_object();
  return event;
}

std::string refusal_of(const Grants& grants, const std::string& body,
                       const std::string& key = "builds/7/finished") {
  return refusal(grants, event_of(key, body));
}

TEST(Grants, PatternsMatchWholeNames) {
  EXPECT_TRUE(matches("linux", "linux"));
  EXPECT_FALSE(matches("linux", "linux2"));
  EXPECT_FALSE(matches("linux", "Linux"));
  EXPECT_FALSE(matches("", "linux"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("team-a/*", "team-a/x/y"));
  EXPECT_FALSE(matches("team-a/*", "team-ab/x"));
  EXPECT_TRUE(matches("*-a*b*", "x-a-abc-b"));
  EXPECT_FALSE(matches("*-a*b", "x-a-abc"));
  EXPECT_FALSE(matches(std::string(40, '*') + "b", std::string(100'000, 'a'))) << "at once";
}

TEST(Grants, Builders) {
  const Grants grants{std::vector<std::string>{"linux", "team-a/*"}, std::nullopt};
  EXPECT_EQ(refusal_of(grants, R"({"builder": {"name": "linux"}})"), "");
  EXPECT_EQ(refusal_of(grants, R"({"builder": {"name": "team-a/x"}})"), "");
  EXPECT_EQ(refusal_of(grants, R"({"builder": {"name": "windows"}})"),
            "builder.name: this token may not report for 'windows'");
  EXPECT_THAT(refusal_of(grants, R"({"builder": {"name": "x"}})", "buildrequests/7/new"),
              StartsWith("builder.name"));
  EXPECT_THAT(refusal_of(grants, R"({"bsid": 7})", "buildsets/7/complete"), StartsWith("k: "));
  EXPECT_THAT(refusal_of(grants, R"({"name": "w"})", "workers/7/missing"), StartsWith("k: "));
  EXPECT_EQ(refusal_of(grants, "{}", "steps/7/new"), "") << "nobody reports it";
  EXPECT_EQ(refusal_of({}, R"({"name": "w"})", "workers/7/missing"), "");
}

TEST(Grants, Repositories) {
  const Grants grants{std::nullopt, std::vector<std::string>{"https://git.example.org/a/*", "a/*"}};
  const auto build = [&](const std::string& stamp, const std::string& more = "") {
    return refusal_of(
        grants, R"({"builder": {"name": "x"}, "buildset": {"sourcestamps": [)" + stamp + "]}" + more + "}");
  };
  const std::string good = R"({"repository": "https://git.example.org/a/x", "project": "a/x"})";
  EXPECT_EQ(build(good), "");
  EXPECT_EQ(
      build(good + R"(, {"repository": "https://git.example.org/b/x"})"),
      "buildset.sourcestamps[1].repository: this token may not report for 'https://git.example.org/b/x'");
  EXPECT_THAT(build(R"({"repository": "https://git.example.org/a/x", "project": "b/x"})"),
              StartsWith("buildset.sourcestamps[0].project"));
  EXPECT_THAT(build(R"({"project": ""})"), StartsWith("buildset.sourcestamps: no repository"));
  EXPECT_THAT(build(R"({"repository": 7})"), StartsWith("buildset.sourcestamps[0].repository: must be"));
  EXPECT_THAT(build(good, R"(, "changes": [{"repository": "b"}])"), StartsWith("changes[0].repository"));
  EXPECT_THAT(build(good, R"(, "properties": {"event.change.project": ["b/x", ""]})"),
              StartsWith("properties.event.change.project"));
  EXPECT_THAT(build(good, R"(, "properties": {"event.change.id": ["I7", ""]})"),
              StartsWith("properties.event.change.id"));
  EXPECT_EQ(build(good, R"(, "properties": {"project": ["a/x", ""], "owner": ["b", ""]})"), "");
  const std::string stamps = R"({"bsid": 7, "sourcestamps": [)" + good + "]}";
  EXPECT_EQ(refusal_of(grants, stamps, "buildsets/7/complete"), "");
  EXPECT_THAT(refusal_of(grants, R"({"name": "w"})", "workers/7/missing"), StartsWith("k: "));
}

}  // namespace
}  // namespace carillon::source::push
