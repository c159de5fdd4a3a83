#include "reporter/bitbucket/cloud_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fakes/reporter_fixture.hpp"
#include "reporter/bitbucket/oauth_token.hpp"

namespace carillon::reporter::bitbucket_cloud {
namespace {

using settings::Value;
using test::fake_object;
using test::Keywords;
using test::order_of;
using test::request_order;
using test::sample_build;
using test::sourcestamp;
using test::text;
using test::value_of;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* token_answer =
    R"({"access_token": "acc3ss", "expires_in": 7200, "token_type": "bearer"})";

std::string header(const http::Request& request, std::string_view wanted) {
  for (const auto& [name, value] : request.headers) {
    if (name == wanted) return value;
  }
  return {};
}

class CloudTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords = {}) {
    const auto given = [&](const char* name) {
      return std::ranges::any_of(keywords, [&](const auto& keyword) { return keyword.first == name; });
    };
    if (!given("auth")) {
      if (!given("oauth_key")) keywords.emplace_back("oauth_key", Value{Secret("k3yk3y")});
      keywords.emplace_back("oauth_secret", Value{Secret("s3cr3t")});
    }
    return make(bind(schema(), std::move(keywords)), environment());
  }
  Delivery one(Reporter& reporter, const Details& details) {
    const auto deliveries = compose(reporter, details);
    EXPECT_EQ(deliveries.size(), 1U);
    return deliveries.at(0);
  }
  json::object body(const Details& details, Keywords keywords = {}) {
    const auto reporter = make_it(std::move(keywords));
    return json::parse(one(*reporter, details).payload).at("body").as_object();
  }
};

TEST_F(CloudTest, AForcedBuildIsReportedOnWhatWasCheckedOut) {
  json::object build = sample_build(2);
  sourcestamp(build)["revision"] = nullptr;
  build.at("properties").as_object()["got_revision"] =
      json::array{"89abcdef0123456789abcdef0123456789abcdef", "Git"};
  EXPECT_THAT(one(*make_it(), order_of(build)).payload,
              HasSubstr("89abcdef0123456789abcdef0123456789abcdef"));
}

TEST_F(CloudTest, EveryResultHasItsState) {
  const char* const expected[] = {"SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL",
                                  "FAILED",     "INPROGRESS", "STOPPED"};
  for (int results = 0; results < 7; ++results) {
    EXPECT_EQ(body(order_of(sample_build(results))).at("state"), expected[results]) << results;
  }
  EXPECT_EQ(body(order_of(sample_build(-1))).at("state"), "INPROGRESS");
  const json::object waiting = body(request_order(), {{"pendingDescription", text("waits")}});
  EXPECT_EQ(waiting.at("state"), "INPROGRESS");
  EXPECT_EQ(waiting.at("description"), "waits");
  EXPECT_EQ(waiting.at("url"), "http://ci.example.org/#buildrequests/13");
  EXPECT_EQ(body(request_order(6)).at("state"), "STOPPED");
}

TEST_F(CloudTest, TheBodyIsBuildbotsUnlessMoreIsAskedFor) {
  EXPECT_EQ(body(order_of(sample_build(0))),
            json::parse(R"({"state": "SUCCESSFUL", "key": "linux", "name": "linux",
                            "url": "http://ci.example.org/#builders/2/builds/3"})")
                .as_object());
  const Keywords more = {{"statusName", text("Linux\r\nbuild")}, {"endDescription", text("It ended.")}};
  const json::object got = body(order_of(sample_build(0)), more);
  EXPECT_EQ(got.at("name"), "Linux build");
  EXPECT_EQ(got.at("description"), "It ended.");
  EXPECT_EQ(got.at("key"), "linux");
}

TEST_F(CloudTest, KeyAndNameAreTheUsers) {
  const json::object got = body(order_of(sample_build(0)), {{"status_key", text("ci/linux")},
                                                            {"status_name", text("Linux, all of it")}});
  EXPECT_EQ(got.at("key"), "ci/linux");
  EXPECT_EQ(got.at("name"), "Linux, all of it");
  EXPECT_THAT(error_of([&] { make_it({{"status_name", text("a")}, {"statusName", text("b")}}); }),
              HasSubstr("status_name=...): is the same as statusName; give one of them"));
}

TEST_F(CloudTest, AnAppPasswordNeedsNoToken) {
  const Value pair{settings::List{text("ann"), Value{Secret("s3cret")}}};
  const auto reporter = make_it({{"auth", pair}});
  http_.answer(201);
  EXPECT_TRUE(send(*reporter, one(*reporter, order_of(sample_build(0)))));
  ASSERT_EQ(http_.requests.size(), 1U);
  ASSERT_TRUE(http_.requests[0].auth);
  EXPECT_EQ(http_.requests[0].auth->user, "ann");
  EXPECT_EQ(http_.requests[0].auth->password.reveal(), "s3cret");
  EXPECT_THAT(reporter->account(), testing::Not(HasSubstr("s3cret")));
  EXPECT_THAT(error_of([&] { make_it({{"auth", pair}, {"oauth_key", Value{Secret("k")}}}); }),
              HasSubstr("auth=...): goes without oauth_key"));
  EXPECT_THAT(error_of([&] { make(bind(schema(), {}), environment()); }),
              HasSubstr("oauth_key=...): is missing; give oauth_key and oauth_secret, or auth"));
}

TEST_F(CloudTest, TheRepositoryIsFoundInWhatHooksAndPeopleWrite) {
  const auto path_for = [&](const char* repository) {
    json::object build = sample_build(0);
    sourcestamp(build)["repository"] = repository;
    const auto reporter = make_it();
    return std::string(json::parse(one(*reporter, order_of(build)).payload).at("path").as_string());
  };
  const std::string end = "/commit/0123456789abcdef0123456789abcdef01234567/statuses/build";
  EXPECT_EQ(path_for("https://api.bitbucket.org/2.0/repositories/crew/tools"), "/crew/tools" + end);
  EXPECT_EQ(path_for("https://bitbucket.org/%7Bab-12%7D/tools"), "/%7Bab-12%7D/tools" + end)
      << "encoded once";
  EXPECT_EQ(path_for("ssh://git@bitbucket.org:crew/tools.git"), "/crew/tools" + end);
}

TEST_F(CloudTest, LongBuilderNamesKeepAReadableKey) {
  json::object build = sample_build(0);
  build.at("builder").as_object()["name"] = "a-very-long-builder-name-of-more-than-forty-characters";
  const std::string key(body(order_of(build)).at("key").as_string());
  EXPECT_EQ(key.size(), 40U);
  EXPECT_THAT(key, StartsWith("a-very-long-builder-nam-"));
  build.at("builder").as_object()["name"] = "a-very-long-builder-name-of-more-than-forty-characterS";
  EXPECT_NE(body(order_of(build)).at("key").as_string(), key);
}

TEST_F(CloudTest, OneTokenServesUntilShortlyBeforeItsEnd) {
  auto reporter = make_it({{"base_url", text("https://api.example.org/2.0/repositories/")}});
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  http_.answer(200, token_answer);
  http_.answer(201);
  http_.answer(200);
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 3U);
  EXPECT_EQ(http_.requests[0].url, "https://bitbucket.org/site/oauth2/access_token");
  EXPECT_EQ(http_.requests[0].body, "grant_type=client_credentials");
  EXPECT_EQ(header(http_.requests[0], "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(http_.requests[0].auth->user, "k3yk3y");
  EXPECT_EQ(http_.requests[0].auth->password.reveal(), "s3cr3t");
  EXPECT_EQ(http_.requests[1].url,
            "https://api.example.org/2.0/repositories/example/project/commit/"
            "0123456789abcdef0123456789abcdef01234567/statuses/build");
  EXPECT_EQ(header(http_.requests[1], "Authorization"), "Bearer acc3ss");
  EXPECT_FALSE(http_.requests[1].auth);
  clock_.advance(7140'000 - 1);
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  EXPECT_EQ(http_.requests.size(), 4U);
  clock_.advance(1);
  http_.answer(200, R"({"access_token": "second", "expires_in": 7200})");
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  EXPECT_EQ(header(http_.requests.back(), "Authorization"), "Bearer second");
}

TEST_F(CloudTest, ARefusedTokenIsReplacedOnce) {
  auto reporter = make_it();
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  http_.answer(200, token_answer);
  http_.answer(401);
  http_.answer(200, R"({"access_token": "second", "expires_in": 7200})");
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 4U);
  EXPECT_EQ(header(http_.requests[3], "Authorization"), "Bearer second");
  http_.answer(401);
  http_.answer(200, R"({"access_token": "third", "expires_in": 7200})");
  http_.answer(401);
  EXPECT_EQ(send(*reporter, delivery).error().kind, Failure::Kind::rejected);
  EXPECT_EQ(http_.requests.size(), 7U) << "no third try";
}

TEST_F(CloudTest, WithoutATokenNothingIsPostedAndTheReasonIsJudged) {
  auto reporter = make_it({{"debug", Value{true}}});
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  const auto failure_after = [&](int status, std::string answer) {
    http_.answer(status, std::move(answer));
    return send(*reporter, delivery).error();
  };
  const Failure refused = failure_after(400, R"({"error": "invalid_grant"})");
  EXPECT_EQ(refused.kind, Failure::Kind::rejected);
  EXPECT_THAT(refused.what, HasSubstr("OAuth: no token"));
  EXPECT_EQ(failure_after(503, "").kind, Failure::Kind::unreachable);
  EXPECT_EQ(failure_after(429, "").kind, Failure::Kind::throttled);
  EXPECT_EQ(failure_after(200, R"({"token": "acc3ss"})").kind, Failure::Kind::unreachable);
  const Failure control = failure_after(200, R"({"access_token": "a\r\nX-Other: b"})");
  EXPECT_EQ(control.kind, Failure::Kind::unreachable);
  EXPECT_THAT(control.what, Not(HasSubstr("X-Other")));
  EXPECT_EQ(http_.requests.size(), 5U);
}

// Answers only when told, so that two sends wait for one token.
class HeldClient final : public http::Client {
 public:
  explicit HeldClient(asio::any_io_executor executor)
      : gate(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer gate;
  int tokens = 0;
  int posts = 0;
  int status = 200;
  Task<http::Response> request(http::Request request) override {
    const bool is_token = request.url.find("oauth2") != std::string::npos;
    ++(is_token ? tokens : posts);
    http::Response response;
    response.status = is_token ? status : 201;
    response.body = token_answer;
    if (is_token) {
      boost::system::error_code cancelled;
      co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    co_return response;
  }
};

TEST_F(CloudTest, ConcurrentSendsShareOneRequestForTheToken) {
  HeldClient client(io_.get_executor());
  settings::Call call;
  call.class_name = "BitbucketStatusPush";
  call.positional = {text("k3yk3y"), text("s3cr3t")};
  const auto args = settings::Arguments::bind(schema(), call);
  const auto reporter =
      make(args, Environment{io_.get_executor(), {"Title", "http://carillon/"}, clock_, log_, client});
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  for (const int status : {500, 200}) {
    client.tokens = client.posts = 0;
    client.status = status;
    int ended = 0;
    int delivered = 0;
    for (int i = 0; i < 5; ++i) {
      asio::co_spawn(
          io_,
          [&]() -> asio::awaitable<void> {
            const auto outcome = co_await reporter->send(delivery);
            ++ended;
            delivered += outcome ? 1 : 0;
          },
          asio::detached);
    }
    asio::post(io_, [&] { asio::post(io_, [&] { client.gate.cancel(); }); });
    ASSERT_TRUE(test::run_until(io_, [&] { return ended == 5; }));
    EXPECT_EQ(client.tokens, 1);
    EXPECT_EQ(delivered, status == 200 ? 5 : 0) << "they share its outcome, good or bad";
    EXPECT_EQ(client.posts, status == 200 ? 5 : 0);
  }
}

TEST_F(CloudTest, WhatCannotBeReportedIsSkippedWithTheReason) {
  auto reporter = make_it();
  json::object build = sample_build(0);
  sourcestamp(build)["revision"] = "";
  EXPECT_TRUE(one(*reporter, order_of(build)).skip);
  build = sample_build(0);
  for (const char* repository : {"", "https://bitbucket.org/one", "https://bitbucket.org/a/b/c"}) {
    sourcestamp(build)["repository"] = repository;
    const Delivery skipped = one(*reporter, order_of(build));
    EXPECT_TRUE(skipped.skip) << repository;
    EXPECT_THAT(skipped.note, HasSubstr(*repository == '\0' ? "it has no repository" : "OWNER/NAME"));
  }
}

TEST_F(CloudTest, ALinkThatIsRefusedBecomesTheCommitsOwn) {
  auto reporter = make_it();
  json::object build = sample_build(0);
  build["url"] = "http://localhost:8020/#builders/2/builds/3";
  sourcestamp(build)["repository"] = "git@bitbucket.org:crew/tools.git";
  http_.answer(200, token_answer);
  http_.answer(400, R"({"type": "error", "error": {"fields": {"url": ["Enter a valid URL."]}}})");
  http_.answer(201);
  const auto receipt = send(*reporter, one(*reporter, order_of(build)));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->answer, "201; with a link to the commit: Bitbucket refuses http://localhost:8020/");
  EXPECT_EQ(json::parse(http_.requests.at(2).body).at("url"),
            "https://bitbucket.org/crew/tools/commits/0123456789abcdef0123456789abcdef01234567");
}

TEST_F(CloudTest, AnAddressThatBitbucketTakesForNoneIsWarnedOf) {
  const Log log(Log::Level::warning, redactor_);
  const auto said = [&](const char* url) {
    const Environment with_url{io_.get_executor(), {"Title", url}, clock_, log, http_};
    testing::internal::CaptureStderr();
    make(bind(schema(), {{"oauth_key", text("k")}, {"oauth_secret", text("s")}}), with_url);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(said("http://localhost:8020/"),
              HasSubstr("x.cfg:3: Bitbucket Cloud takes no links to localhost; give c['buildbotURL']"));
  EXPECT_THAT(said("http://buildhost/"), HasSubstr("buildhost"));
  for (const char* fine : {"https://ci.crew.net/", "http://10.0.0.7:8020/", "http://[::1]:8020/"})
    EXPECT_EQ(said(fine), "") << fine;
}

TEST_F(CloudTest, TextsAreBoundedAndAFailingRenderableIsNoted) {
  std::string bells;
  for (int i = 0; i < 300; ++i)
    bells += "\U0001F514";
  const auto broken = fake_object(rejected("x.cfg:9: KeyError: 'x'"));
  auto reporter = make_it({{"endDescription", text(bells)}, {"statusName", value_of(broken)}});
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  const json::value got = json::parse(delivery.payload).at("body");
  EXPECT_EQ(got.at("description").as_string().size(), std::size_t{254 * 4 + 3});
  EXPECT_EQ(got.at("name"), "linux");
  EXPECT_THAT(delivery.note, HasSubstr("statusName failed: x.cfg:9"));
}

TEST_F(CloudTest, AStatusAlwaysHasALink) {
  json::object build = sample_build(0);
  build.erase("url");
  auto reporter = make_it();
  const Delivery delivery = one(*reporter, order_of(build));
  EXPECT_EQ(json::parse(delivery.payload).at("body").at("url"), "http://carillon/");
  EXPECT_THAT(delivery.note, HasSubstr("no URL"));
}

TEST_F(CloudTest, KeysAreStableLaterStatesRankHigherAndNoSecretIsShown) {
  auto reporter = make_it();
  const Delivery started = one(*reporter, order_of(sample_build(-1)));
  const Delivery ended = one(*reporter, order_of(sample_build(0)));
  EXPECT_EQ(ended.key, "bitbucket:ci/builds/7/finished#0");
  EXPECT_EQ(started.status, ended.status);
  EXPECT_LT(started.rank, ended.rank);
  http_.answer(200, token_answer);
  http_.answer(403, "no");
  const auto failed = send(*reporter, ended);
  ASSERT_FALSE(failed);
  for (const std::string& shown : {ended.key, ended.lane, ended.status, ended.target, ended.payload,
                                   ended.note, failed.error().what, reporter->account()}) {
    for (const char* secret : {"k3yk3y", "s3cr3t", "acc3ss"}) {
      EXPECT_THAT(shown, Not(HasSubstr(secret)));
    }
  }
}

TEST_F(CloudTest, TheManualsArguments) {
  const auto listed = schema().arguments;
  const char* const names[] = {"oauth_key", "oauth_secret", "base_url", "oauth_url", "builders"};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(listed.at(i).name, names[i]);
  }
  EXPECT_THAT(error_of([&] { make_it({{"oauth_url", text("ftp://x")}}); }), HasSubstr("oauth_url"));
  auto reporter = make_it({{"verify", Value{false}}});
  http_.answer(200, token_answer);
  ASSERT_TRUE(send(*reporter, one(*reporter, order_of(sample_build(0)))));
  ASSERT_EQ(http_.requests.size(), 2U) << "the token, the status";
  for (const http::Request& request : http_.requests) {
    EXPECT_FALSE(request.verify);
  }
}

}  // namespace
}  // namespace carillon::reporter::bitbucket_cloud
