#include "source/bitbucket/bitbucket_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace carillon::source::bitbucket {
namespace {

using hook::Phase;

json::object body_of(const json::object& changes = {}) {
  json::object status{{"name", "Peal #12"},
                      {"description", "2 of 8 bells are cracked"},
                      {"state", "FAILED"},
                      {"key", "belfry"},
                      {"url", "https://belfry.example.org/BELLS-12"},
                      {"refname", "main"},
                      {"created_on", "2026-05-04T10:00:00.547563+00:00"},
                      {"updated_on", "2026-05-04T10:07:31.100000+00:00"},
                      {"commit", json::object{{"hash", "abcdef"}}}};
  for (const auto& [name, value] : changes)
    status[name] = value;
  return {
      {"actor", json::object{{"nickname", "ann"}, {"display_name", "Ann"}}},
      {"repository",
       json::object{
           {"full_name", "acme/bells"},
           {"links", json::object{{"html", json::object{{"href", "https://bitbucket.org/acme/bells"}}}}}}},
      {"commit_status", std::move(status)}};
}

class BitbucketHookTest : public testing::Test {
 protected:
  Result<hook::Heard> hear(const json::object& body, std::string event = "repo:commit_status_updated") {
    web::Head head;
    head.headers = {{"x-event-key", std::move(event)}, {"x-request-uuid", "u-1"}};
    return hook_.hear(head, json::serialize(body), 0);
  }
  hook::Run run(const json::object& body) {
    auto heard = hear(body);
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }

  BitbucketHook hook_{{Secret("hush")}, hook::Repositories({"acme/*"})};
};

TEST_F(BitbucketHookTest, AStatusOfAnyCi) {
  const hook::Run made = run(body_of());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "abcdef.belfry.1777888800");
  EXPECT_EQ(made.occurrence, "1777889251");
  EXPECT_EQ(made.number, 1777888800);
  EXPECT_EQ(made.project, "acme/bells");
  EXPECT_EQ(made.pipeline, "belfry");
  EXPECT_EQ(made.revision, "abcdef");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.ended, 1777889251);
  EXPECT_EQ(made.said, "2 of 8 bells are cracked");
  EXPECT_EQ(made.owner, "ann");
  EXPECT_EQ(made.repository, "https://bitbucket.org/acme/bells.git");
}

TEST_F(BitbucketHookTest, EachState) {
  const std::pair<const char*, hook::State> states[] = {{"SUCCESSFUL", {Phase::ended, Results::success}},
                                                        {"FAILED", {Phase::ended, Results::failure}},
                                                        {"STOPPED", {Phase::ended, Results::cancelled}},
                                                        {"INPROGRESS", {Phase::runs}},
                                                        {"CRACKED", {Phase::ended, Results::exception}}};
  for (const auto& [word, state] : states)
    EXPECT_EQ(run(body_of({{"state", word}})).state, state) << word;
  EXPECT_EQ(run(body_of({{"state", "INPROGRESS"}})).occurrence, "");
  EXPECT_THAT(hear(body_of({{"state", "CRACKED"}}))->notes, testing::ElementsAre("unknown state 'CRACKED'"));
}

TEST_F(BitbucketHookTest, PipelinesAreOneBuilderWithTheirNumbers) {
  for (const char* url : {"https://bitbucket.org/acme/bells/pipelines/results/77",
                          "https://bitbucket.org/acme/bells/addon/pipelines/home#!/results/77/steps/x"}) {
    const hook::Run made = run(body_of({{"url", url}, {"key", "-1234567"}}));
    EXPECT_EQ(made.number, 77) << url;
    EXPECT_EQ(made.pipeline, "pipelines") << url;
    EXPECT_EQ(made.id, "abcdef.-1234567.1777888800");
  }
  const hook::Run other = run(body_of({{"url", "https://evil.example.org/pipelines/results/77"}}));
  EXPECT_EQ(other.pipeline, "belfry");
}

TEST_F(BitbucketHookTest, TheRevisionMayStandInALink) {
  const json::object links{
      {"commit",
       json::object{{"href", "https://api.bitbucket.org/2.0/repositories/acme/bells/commit/f00d"}}}};
  EXPECT_EQ(run(body_of({{"commit", nullptr}, {"links", links}})).revision, "f00d");
  auto none = hear(body_of({{"commit", nullptr}}));
  EXPECT_EQ(none ? "taken" : none.error().what,
            "commit_status.commit.hash: missing, and links.commit.href, too");
}

TEST_F(BitbucketHookTest, WhatIsNotWantedIsIgnored) {
  EXPECT_EQ(hear({}, "repo:push")->ignored, "repo:push");
  EXPECT_EQ(hear({}, "")->ignored, "no X-Event-Key");
  json::object body = body_of();
  body["repository"].as_object()["full_name"] = "other/bells";
  EXPECT_EQ(hear(body)->ignored, "repo:commit_status_updated of other/bells, which repos= does not name");
}

TEST_F(BitbucketHookTest, WhatIsMissingIsNamed) {
  const auto refused = [&](const json::object& body) {
    auto heard = hear(body);
    return heard ? "taken" : heard.error().what;
  };
  EXPECT_EQ(refused({}), "repository.full_name: missing");
  EXPECT_EQ(refused(body_of({{"state", nullptr}})), "commit_status.state: must be a string, not null");
  EXPECT_EQ(refused(body_of({{"key", ""}})), "commit_status.key: empty");
  EXPECT_EQ(refused(body_of({{"created_on", "today"}})), "commit_status.created_on: is no moment");
}

TEST_F(BitbucketHookTest, OnlySha256IsASignature) {
  const std::string body = "{}";
  const auto right = [&](const std::string& value) {
    web::Head head;
    head.headers = {{"x-hub-signature", value}};
    return hook_.may_be_right(head) && hook_.is_right(head, body, 0);
  };
  const std::string digest = hex_encode(hook::hmac_sha256("hush", body));
  EXPECT_TRUE(right("sha256=" + digest));
  EXPECT_FALSE(right(digest));
  EXPECT_FALSE(right("sha1=" + digest));
  EXPECT_FALSE(right("sha256=" + digest.substr(2)));
  EXPECT_FALSE(right(""));
  EXPECT_FALSE(right("sha256=" + hex_encode(hook::hmac_sha256("other", body))));
}

}  // namespace
}  // namespace carillon::source::bitbucket
