// Positional arguments are those of the signatures in Buildbot's manual, in their order; ours come after.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "fakes/reporter_fixture.hpp"
#include "server/reporters.hpp"

namespace carillon::server {
namespace {

using settings::Value;
using test::text;

using Names = std::vector<std::string>;

const std::map<std::string, Names>& manual_signatures() {
  static const std::map<std::string, Names> table = {
      {"GerritStatusPush",
       {"server", "username", "reviewCB", "startCB", "port", "reviewArg", "startArg", "summaryCB",
        "summaryArg", "identity_file", "builders", "notify"}},
      {"HttpStatusPush",
       {"serverUrl", "user", "password", "auth", "format_fn", "builders", "wantProperties", "wantSteps",
        "wantPreviousBuild", "wantLogs", "debug", "verify"}},
      {"GitHubStatusPush",
       {"token", "startDescription", "endDescription", "context", "baseURL", "verbose", "builders"}},
      {"GitHubCommentPush",
       {"token", "startDescription", "endDescription", "baseURL", "verbose", "builders"}},
      {"BitbucketServerStatusPush",
       {"base_url", "user", "password", "key", "statusName", "startDescription", "endDescription", "verbose",
        "builders"}},
      {"BitbucketServerPRCommentPush",
       {"base_url", "user", "password", "messageFormatter", "verbose", "debug", "verify", "mode", "tags",
        "builders", "schedulers", "branches", "buildSetSummary"}},
      {"BitbucketStatusPush", {"oauth_key", "oauth_secret", "base_url", "oauth_url", "builders"}},
      {"GitLabStatusPush", {"token", "startDescription", "endDescription", "context", "baseURL", "verbose"}},
      {"HipChatStatusPush",
       {"auth_token", "endpoint", "builder_room_map", "builder_user_map", "wantProperties", "wantSteps",
        "wantPreviousBuild", "wantLogs"}},
      {"GerritVerifyStatusPush",
       {"baseURL", "auth", "startDescription", "endDescription", "verification_name", "abstain", "category",
        "reporter", "verbose"}},
      {"ZulipStatusPush", {"endpoint", "token", "stream"}},
  };
  return table;
}

settings::Schema schema_of(std::string_view name) {
  for (ReporterKind& kind : reporter_kinds()) {
    if (kind.schema.name == name) return std::move(kind.schema);
  }
  ADD_FAILURE() << "no reporter " << name;
  return {};
}

TEST(Signatures, AreTheManuals) {
  for (const auto& [name, signature] : manual_signatures()) {
    Names ours;
    for (const settings::Argument& argument : schema_of(name).arguments)
      ours.push_back(argument.name);
    ASSERT_GE(ours.size(), signature.size()) << name;
    ours.resize(signature.size());
    EXPECT_EQ(ours, signature) << name;
  }
}

TEST(Signatures, NamesOfAnotherOrderAreArguments) {
  std::size_t with_another = 0;
  for (const ReporterKind& kind : reporter_kinds()) {
    with_another += kind.schema.other_order.empty() ? 0 : 1;
    for (const std::string& name : kind.schema.other_order)
      EXPECT_TRUE(std::ranges::any_of(kind.schema.arguments,
                                      [&](const settings::Argument& one) { return one.name == name; }))
          << kind.schema.name << " " << name;
  }
  EXPECT_EQ(with_another, 2U) << "GitHubCommentPush and HipChatStatusPush";
}

settings::Arguments bound(std::string_view name, settings::List positional) {
  settings::Call call;
  call.class_name = name;
  call.where = "x.cfg:3";
  call.positional = std::move(positional);
  return settings::Arguments::bind(schema_of(name), call);
}

TEST(Signatures, TheTypeDecidesWhereBuildbotsCodeHasAnotherOrder) {
  const auto manual =
      bound("GitHubCommentPush", {text("t"), Value{}, text("Done"), text("https://ghe.crew.net"), Value{true},
                                  Value{settings::List{text("linux")}}});
  EXPECT_EQ(manual.string("baseURL"), "https://ghe.crew.net");
  EXPECT_TRUE(manual.boolean("verbose"));
  EXPECT_THAT(manual.strings("builders").value(), testing::ElementsAre("linux"));
  EXPECT_FALSE(manual.given("context"));
  const auto code = bound("GitHubCommentPush", {text("t"), Value{}, text("Done"), text("ci/linux"),
                                                text("https://ghe.crew.net"), Value{true}});
  EXPECT_EQ(code.string("context"), "ci/linux");
  EXPECT_EQ(code.string("baseURL"), "https://ghe.crew.net");
  EXPECT_TRUE(code.boolean("verbose"));
  const auto none =
      bound("GitHubCommentPush", {text("t"), Value{}, text("Done"), Value{}, text("https://ghe.crew.net")});
  EXPECT_EQ(none.string("baseURL"), "https://ghe.crew.net");
  const auto rooms = bound("HipChatStatusPush", {text("t"), text("https://h"), Value{settings::Dict{}},
                                                 Value{}, Value{settings::Dict{}}});
  EXPECT_TRUE(rooms.given("event_messages"));
  EXPECT_TRUE(bound("HipChatStatusPush", {text("t"), text("https://h"), Value{}, Value{}, Value{true}})
                  .boolean("wantProperties"));
}

std::string refusal(std::string_view name, settings::List positional) {
  try {
    bound(name, std::move(positional));
  } catch (const settings::ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Signatures, WhatFitsNeitherOrderIsRefusedWithBoth) {
  EXPECT_EQ(refusal("GitHubCommentPush", {text("t"), Value{}, text("Done"), text("ci/linux"), Value{true}}),
            "x.cfg:3: GitHubCommentPush(...): the values fit neither the order of Buildbot's manual (token, "
            "startDescription, endDescription, baseURL, verbose, builders) nor that of its code (token, "
            "startDescription, endDescription, context, baseURL, verbose); write name=value");
  EXPECT_THAT(refusal("GitHubCommentPush", {Value{std::int64_t{7}}, Value{}, text("Done"), text("ci")}),
              testing::StartsWith("x.cfg:3: GitHubCommentPush(token=...): must be a string or "));
}

}  // namespace
}  // namespace carillon::server
