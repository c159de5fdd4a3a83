#include "source/travis/travis_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/encoding.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"

namespace carillon::source::travis {
namespace {

using hook::Phase;
using testing::ElementsAre;

// Made for the test.
class RsaKey {
 public:
  RsaKey() : key_(EVP_RSA_gen(2048), EVP_PKEY_free) {}

  std::string public_key() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PUBKEY(bytes.get(), key_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(bytes.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
  std::string sign(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha1(), nullptr, key_.get());
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::string made(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size, bytes, text.size());
    return base64_encode(made);
  }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

json::object payload(json::object changes = {}) {
  json::object made{{"id", 92},
                    {"number", "4601"},
                    {"repository", {{"owner_name", "acme"}, {"name", "app"}}},
                    {"state", "failed"},
                    {"status", 1},
                    {"status_message", "Still Failing"},
                    {"type", "push"},
                    {"branch", "main"},
                    {"tag", nullptr},
                    {"commit", "6c457d36"},
                    {"head_commit", nullptr},
                    {"message", "Ring louder\n\nMuch"},
                    {"author_name", "Ann"},
                    {"author_email", "ann@example.org"},
                    {"compare_url", "https://github.com/acme/app/compare/6dcc...6c45"},
                    {"build_url", "https://app.travis-ci.com/acme/app/builds/92"},
                    {"config", {{"notifications", {{"webhooks", "https://hush.example.org/"}}}}},
                    {"started_at", "2015-11-21T23:28:22Z"},
                    {"finished_at", "2015-11-21T23:45:25Z"},
                    {"committed_at", "2015-11-21T23:27:13Z"}};
  for (const auto& [name, value] : changes)
    made[name] = value;
  return made;
}

class TravisHookTest : public testing::Test {
 protected:
  TravisHookTest() {
    settings_.repos = {"acme/*"};
    settings_.api = "https://api.example.org/";
  }
  TravisHook hook(const std::string& pinned = "") {
    Settings settings = settings_;
    settings.public_key = pinned;
    return {settings, http_};
  }
  static web::Request request(const std::string& text, const RsaKey& key) {
    web::Request made;
    made.content_type = "application/x-www-form-urlencoded";
    made.headers = {{"signature", key.sign(text)}};
    made.body = "payload=" + percent_encode(text);
    return made;
  }
  void api_tells(const RsaKey& key) {
    const json::object told{
        {"config", {{"notifications", {{"webhook", {{"public_key", key.public_key()}}}}}}}};
    http_.answer(200, json::serialize(told));
  }
  // As the receiver asks.
  bool is_right(const TravisHook& hook, const web::Request& request, std::int64_t now) {
    const auto ready = [&](bool was_wrong) {
      return test::run(io_, hook.get_ready(now, was_wrong)).has_value();
    };
    if (!hook.may_be_right(request)) return false;
    if (!hook.fetches_key()) return hook.is_right(request, request.body, now);
    if (!ready(false)) return false;
    return hook.is_right(request, request.body, now) ||
           (ready(true) && hook.is_right(request, request.body, now));
  }
  hook::Run run(const json::object& object) {
    web::Head head;
    head.content_type = "application/x-www-form-urlencoded";
    auto heard = hook().hear(head, "payload=" + percent_encode(json::serialize(object)), 0);
    if (heard && heard->runs.size() == 1) return heard->runs.front();
    ADD_FAILURE() << (heard ? "no run: " + heard->ignored : heard.error().what);
    return {};
  }
  std::string refused(const json::object& object) {
    auto heard = hook().hear({}, json::serialize(object), 0);
    return heard ? "taken" + heard->ignored : heard.error().what;
  }

  asio::io_context io_;
  test::FakeHttpClient http_;
  Settings settings_;
};

constexpr std::int64_t noon = 1'700'000'000;

TEST_F(TravisHookTest, ThePinnedKeyIsAskedForByNobody) {
  const RsaKey key;
  const RsaKey other;
  const TravisHook pinned = hook(key.public_key());
  EXPECT_TRUE(is_right(pinned, request("{}", key), noon));
  EXPECT_FALSE(is_right(pinned, request("{}", other), noon));
  web::Request changed = request("{}", key);
  changed.body += "%20";
  EXPECT_FALSE(is_right(pinned, changed, noon));
  changed.content_type = "application/json";
  EXPECT_FALSE(is_right(pinned, changed, noon));
  EXPECT_TRUE(http_.requests.empty());
}

TEST_F(TravisHookTest, TheKeyIsFetchedOnceADay) {
  const RsaKey key;
  const TravisHook asking = hook();
  api_tells(key);
  EXPECT_TRUE(is_right(asking, request("{}", key), noon));
  EXPECT_TRUE(is_right(asking, request("{}", key), noon + 86'399));
  ASSERT_EQ(http_.requests.size(), 1U);
  EXPECT_EQ(http_.requests.front().url, "https://api.example.org/config");
  api_tells(key);
  EXPECT_TRUE(is_right(asking, request("{}", key), noon + 86'400));
  EXPECT_EQ(http_.requests.size(), 2U);
}

TEST_F(TravisHookTest, AKeyThatWasReplacedIsFetchedAtOnceAndGuessesDoNotFlood) {
  const RsaKey old_key;
  const RsaKey new_key;
  const TravisHook asking = hook();
  api_tells(old_key);
  EXPECT_TRUE(is_right(asking, request("{}", old_key), noon));
  api_tells(new_key);
  EXPECT_TRUE(is_right(asking, request("{}", new_key), noon + 61));
  const RsaKey guessed;
  for (int i = 0; i < 20; ++i)
    EXPECT_FALSE(is_right(asking, request("{}", guessed), noon + 62));
  EXPECT_EQ(http_.requests.size(), 2U);
}

TEST_F(TravisHookTest, TheKeyOfYesterdayIsBetterThanNone) {
  const RsaKey key;
  const TravisHook asking = hook();
  http_.answer(503);
  EXPECT_FALSE(is_right(asking, request("{}", key), noon));
  EXPECT_FALSE(is_right(asking, request("{}", key), noon + 59)) << "not asked again within a minute";
  EXPECT_EQ(http_.requests.size(), 1U);
  http_.answer(200, R"({"config":{"notifications":{"webhook":{"public_key":"none"}}}})");
  EXPECT_FALSE(is_right(asking, request("{}", key), noon + 61));
  api_tells(key);
  EXPECT_TRUE(is_right(asking, request("{}", key), noon + 122));
  http_.answer(500);
  EXPECT_TRUE(is_right(asking, request("{}", key), noon + 90'000));
}

TEST_F(TravisHookTest, AnEndOfABuild) {
  const hook::Run made = run(payload());
  EXPECT_EQ(made.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(made.id, "build-92");
  EXPECT_EQ(made.occurrence, "1448149525");
  EXPECT_EQ(made.number, 4601);
  EXPECT_EQ(made.project, "acme/app");
  EXPECT_EQ(made.said, "Still Failing");
  EXPECT_EQ(made.started, 1'448'148'502);
  EXPECT_EQ(made.ended, 1'448'149'525);
  EXPECT_EQ(made.repository, "https://github.com/acme/app.git");
  EXPECT_EQ(made.branch, "main");
  EXPECT_EQ(made.revision, "6c457d36");
  EXPECT_EQ(made.commit.mail, "ann@example.org");
  EXPECT_EQ(made.reason, "Ring louder");
  EXPECT_EQ(run(payload({{"tag", "v1"}})).branch, "refs/tags/v1");
}

TEST_F(TravisHookTest, EachStateHasItsResult) {
  const std::pair<const char*, hook::State> states[] = {
      {"passed", {Phase::ended, Results::success}},        {"failed", {Phase::ended, Results::failure}},
      {"errored", {Phase::ended, Results::exception}},     {"canceled", {Phase::ended, Results::cancelled}},
      {"started", {Phase::runs, Results::success}},        {"created", {Phase::waits, Results::success}},
      {"purple", {Phase::ended, Results::exception}},      {"Passed", {Phase::ended, Results::success}},
      {"Fixed", {Phase::ended, Results::success}},         {"Broken", {Phase::ended, Results::failure}},
      {"Still Failing", {Phase::ended, Results::failure}}, {"Pending", {Phase::waits, Results::success}},
      {"finished", {Phase::ended, Results::failure}},
  };
  for (const auto& [state, expected] : states) {
    EXPECT_EQ(run(payload({{"state", state}})).state, expected) << state;
    if (std::string_view(state) == "finished") continue;
    EXPECT_EQ(run(payload({{"state", nullptr}, {"status_message", state}})).state, expected) << state;
  }
  EXPECT_EQ(run(payload({{"state", "finished"}, {"status", 0}})).state.results, Results::success);
}

TEST_F(TravisHookTest, PullRequestsMayBeAnybodys) {
  const hook::Run made = run(payload({{"type", "pull_request"},
                                      {"pull_request_number", 7},
                                      {"head_commit", "7d56"},
                                      {"compare_url", "https://github.com/acme/app/pull/7"}}));
  EXPECT_EQ(made.branch, "refs/pull/7/head");
  EXPECT_EQ(made.base_branch, "main");
  EXPECT_EQ(made.revision, "7d56");
  EXPECT_EQ(made.pull_request_url, "https://github.com/acme/app/pull/7");
  EXPECT_TRUE(made.from_fork);
  EXPECT_EQ(run(payload({{"type", "pull_request"}})).branch, "unknown:main");
}

TEST_F(TravisHookTest, TheMatrixIsItsJobs) {
  const hook::Run made = run(payload(
      {{"matrix",
        json::array{json::object{{"id", 93}, {"number", "4601.1"}, {"state", "finished"}, {"status", 0}},
                    json::object{{"id", 94},
                                 {"number", "4601.2"},
                                 {"state", "failed"},
                                 {"allow_failure", true},
                                 {"config", {{"secret", "hush"}}}}}}}));
  ASSERT_EQ(made.jobs.size(), 2U);
  EXPECT_EQ(made.jobs[0].state.results, Results::success);
  EXPECT_EQ(made.jobs[0].url, "https://app.travis-ci.com/acme/app/jobs/93");
  EXPECT_EQ(made.jobs[1].state.results, Results::warnings);
}

TEST_F(TravisHookTest, OnlyOwnRepositoriesAreHeard) {
  EXPECT_EQ(refused(payload({{"repository", {{"owner_name", "evil"}, {"name", "app"}}}})),
            "takenbuild of evil/app, which repos= does not name");
}

TEST_F(TravisHookTest, WhatIsMissingIsNamedWithItsPath) {
  EXPECT_EQ(refused({}), "id: missing");
  EXPECT_EQ(refused(payload({{"repository", nullptr}})), "repository.owner_name: missing");
  EXPECT_EQ(refused(payload({{"number", "4601.1"}})), "number: must be a number");
  web::Head form;
  form.content_type = "application/x-www-form-urlencoded";
  EXPECT_EQ(hook().hear(form, "other=1", 0).error().what, "payload: missing in the form");
}

}  // namespace
}  // namespace carillon::source::travis
