#include "reporter/github/github.hpp"

#include <gmock/gmock.h>

#include <array>

#include "base/encoding.hpp"
#include "fakes/reporter_fixture.hpp"
#include "reporter/common/comment_text.hpp"

namespace carillon::reporter::github {
namespace {

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

constexpr const char* sha = "0123456789abcdef0123456789abcdef01234567";

class GitHubTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> status(Keywords keywords = {}) {
    keywords.emplace_back("token", text("t0ken"));
    return make_status(bind(status_schema(), std::move(keywords)), environment());
  }
  std::unique_ptr<Reporter> comment(Keywords keywords = {}) {
    keywords.emplace_back("token", text("t0ken"));
    return make_comment(bind(comment_schema(), std::move(keywords)), environment());
  }
  Delivery one(Reporter& reporter, const Details& details) {
    auto made = compose(reporter, details);
    EXPECT_EQ(made.size(), 1U);
    return made.at(0);
  }
  // What is posted for the report.
  json::object posted(Reporter& reporter, const Details& details) {
    http_.requests.clear();
    http_.answer(201, R"({"id": 5})");
    EXPECT_TRUE(send(reporter, one(reporter, details)));
    return json::parse(http_.requests.at(0).body).as_object();
  }
  static json::object pull(int results, int number = 5) {
    json::object build = sample_build(results);
    sourcestamp(build)["branch"] = "refs/pull/" + std::to_string(number) + "/merge";
    return build;
  }
  static json::object of_builder(json::object build, const char* builder, std::int64_t id) {
    build.at("builder").as_object()["name"] = builder;
    build["buildid"] = id;
    return build;
  }
};

TEST_F(GitHubTest, AForcedBuildIsReportedOnWhatWasCheckedOut) {
  json::object build = sample_build(2);
  sourcestamp(build)["revision"] = nullptr;
  build.at("properties").as_object()["got_revision"] =
      json::array{"89abcdef0123456789abcdef0123456789abcdef", "Git"};
  EXPECT_THAT(one(*status(), order_of(build)).payload, HasSubstr("89abcdef0123456789abcdef0123456789abcdef"));
}

TEST_F(GitHubTest, EveryResultHasItsState) {
  const auto reporter = status({{"pendingDescription", text("Waiting.")}});
  EXPECT_EQ(posted(*reporter, request_order()).at("state"), "pending");
  EXPECT_EQ(posted(*reporter, request_order(6)).at("state"), "error");
  EXPECT_EQ(posted(*reporter, request_order(3)).at("state"), "success");
  EXPECT_EQ(posted(*reporter, order_of(sample_build(-1))).at("state"), "pending");
  constexpr std::array<const char*, 7> expected = {"success", "success", "failure", "success",
                                                   "error",   "pending", "error"};
  for (int results = 0; results <= 6; ++results)
    EXPECT_EQ(posted(*reporter, order_of(sample_build(results))).at("state"),
              expected.at(static_cast<std::size_t>(results)));
}

TEST_F(GitHubTest, AStatusIsWhatGitHubDocuments) {
  const auto reporter = status();
  EXPECT_EQ(json::value(posted(*reporter, order_of(sample_build(0)))),
            json::parse(R"({"state": "success", "description": "Build done.", "context": "buildbot/linux",
                "target_url": "http://ci.example.org/#builders/2/builds/3"})"));
  const http::Request& request = http_.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, std::string("https://api.github.com/repos/example/project/statuses/") + sha);
  EXPECT_THAT(request.headers,
              testing::Contains(std::make_pair(std::string("Authorization"), std::string("token t0ken"))));
  EXPECT_THAT(request.headers,
              testing::Contains(testing::Pair("Accept", HasSubstr("application/vnd.github.v3+json"))));
  EXPECT_EQ(posted(*reporter, order_of(sample_build(-1))).at("description"), "Build started.");
}

TEST_F(GitHubTest, ArgumentsOfTheManual) {
  const auto context = fake_object(json::value("ctx/linux"));
  const auto reporter = status({{"context", value_of(context)},
                                {"startDescription", text("Go.")},
                                {"endDescription", text(std::string(200, 'x'))},
                                {"baseURL", text("https://ghe.example.org/api/v3/")},
                                {"verify", settings::Value{false}}});
  const json::object started = posted(*reporter, order_of(sample_build(-1)));
  EXPECT_EQ(started.at("context"), "ctx/linux");
  EXPECT_EQ(started.at("description"), "Go.");
  EXPECT_TRUE(http_.requests.at(0).url.starts_with("https://ghe.example.org/api/v3/repos/"));
  EXPECT_FALSE(http_.requests.at(0).verify);
  const std::string cut(posted(*reporter, order_of(sample_build(0))).at("description").as_string());
  EXPECT_EQ(cut, ellipsize(std::string(200, 'x'), 140));
}

TEST_F(GitHubTest, ARenderableThatFailsIsNotedAndTheReportGoesOut) {
  const auto reporter = status({{"context", value_of(fake_object(rejected("x.cfg:9: KeyError: 'a'")))},
                                {"endDescription", value_of(fake_object(json::parse("[1]")))}});
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  EXPECT_THAT(delivery.note,
              testing::AllOf(HasSubstr("context failed: x.cfg:9"), HasSubstr("endDescription")));
  const json::value body = json::parse(delivery.payload).at("body");
  EXPECT_EQ(body.at("context"), "buildbot/linux");
  EXPECT_EQ(body.at("description"), "Build done.");
}

TEST_F(GitHubTest, EachSourcestampHasItsOwnRepository) {
  json::object build = sample_build(0);
  sourcestamp(build)["repository"] = "https://github.com/example/project";
  auto& stamps = build.at("buildset").at("sourcestamps").as_array();
  stamps.push_back(json::parse(
      R"({"codebase": "lib", "project": "", "revision": "89abcdef0123456789abcdef0123456789abcdef",
      "repository": "git@github.com:other/lib.git"})"));
  stamps.push_back(
      json::parse(R"({"codebase": "new", "project": "a/b", "revision": null, "repository": ""})"));
  stamps.push_back(json::parse(
      R"({"codebase": "deep", "project": "a/b/c", "revision": "89abcdef0123456789abcdef0123456789abcdef", "repository": ""})"));
  const auto made = compose(*status(), order_of(build));
  ASSERT_EQ(made.size(), 2U);
  EXPECT_THAT(made[0].payload, HasSubstr("/repos/example/project/statuses/0123"));
  EXPECT_THAT(made[1].payload,
              HasSubstr("/repos/other/lib/statuses/89abcdef0123456789abcdef0123456789abcdef"));
  EXPECT_NE(made[0].key, made[1].key);
  EXPECT_THAT(made[0].note,
              testing::AllOf(HasSubstr("codebase new: no revision"), HasSubstr("codebase deep: no GitHub")));
}

TEST_F(GitHubTest, CommitsOfAnotherForgeAreLeftOutWithANote) {
  json::object build = sample_build(0);
  sourcestamp(build)["project"] = "";
  sourcestamp(build)["repository"] = "git@github.com:crew/app.git";
  auto& stamps = build.at("buildset").at("sourcestamps").as_array();
  const auto add = [&](const char* codebase, const char* repository, const char* revision) {
    stamps.push_back(json::object{
        {"codebase", codebase}, {"project", ""}, {"repository", repository}, {"revision", revision}});
  };
  add("lib", "https://gitlab.example.org/crew/lib.git", sha);
  add("old", "https://svn.example.org/crew/old/trunk", "48213");
  add("numbered", "https://github.com/crew/numbered", "48213");
  add("short", "https://github.com/crew/short", "89abcde");
  const Delivery delivery = one(*status(), order_of(build));
  EXPECT_THAT(delivery.payload, HasSubstr("/repos/crew/app/statuses/0123"));
  EXPECT_EQ(
      delivery.note,
      "left out: codebase lib: its repository is on gitlab.example.org, not on github.com; "
      "left out: codebase old: its repository is on svn.example.org, not on github.com; "
      "left out: codebase numbered: the revision 48213 is not a commit hash; "
      "left out: codebase short: the revision 89abcde is abbreviated, and the service takes whole ones only");
  json::object other = pull(0);
  sourcestamp(other)["repository"] = "https://gitlab.example.org/crew/lib.git";
  const Delivery nothing = one(*comment(), order_of(other));
  EXPECT_TRUE(nothing.skip);
  EXPECT_EQ(nothing.note, "its repository is on gitlab.example.org, not on github.com");
}

TEST_F(GitHubTest, AProjectOfThreePartsDoesNotHideTheRepository) {
  json::object build = sample_build(0);
  sourcestamp(build)["project"] = "group/sub/app";
  sourcestamp(build)["repository"] = "ssh://git@github.com:crew/app.git";
  EXPECT_THAT(one(*status(), order_of(build)).payload, HasSubstr("/repos/crew/app/statuses/0123"));
}

TEST_F(GitHubTest, WithoutARevisionNothingIsSentAndTheLedgerSaysWhy) {
  json::object build = sample_build(0);
  sourcestamp(build)["revision"] = nullptr;
  const Delivery delivery = one(*status(), order_of(build));
  EXPECT_TRUE(delivery.skip);
  EXPECT_EQ(delivery.note, "no revision");
}

TEST_F(GitHubTest, WhatGitHubRefusesForAnOrnamentIsReplaced) {
  json::object build = of_builder(sample_build(0), "\U0001F6A2 ship", 7);
  build["url"] = "jenkins.local/job/8";
  const auto reporter = status({{"endDescription", text("\U0001F389 Shipped.")}});
  const Delivery delivery = one(*reporter, order_of(build));
  EXPECT_EQ(json::parse(delivery.payload).at("body"), json::parse(R"({"state": "success",
      "context": "buildbot/U+1F6A2 ship", "description": "\ufffd Shipped."})"));
  EXPECT_EQ(delivery.note,
            "characters above U+FFFF are replaced: GitHub refuses them; "
            "the status has no link: the build's URL is not http:// or https://");
}

TEST_F(GitHubTest, AStatusGoesOutWithoutWhatIsRefused) {
  const auto reporter = status();
  http_.answer(422, R"({"message": "Validation Failed", "errors": [{"field": "target_url"}]})");
  http_.answer(201);
  const auto receipt = send(*reporter, one(*reporter, order_of(sample_build(2))));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->answer, "201; without target_url, which the service refuses");
  EXPECT_EQ(
      json::parse(http_.requests.at(1).body),
      json::parse(R"({"state": "failure", "description": "Build done.", "context": "buildbot/linux"})"));
  http_.answer(422, R"({"message": "No commit found", "errors": [{"field": "sha"}]})");
  EXPECT_FALSE(send(*reporter, one(*reporter, order_of(sample_build(2)))));
  EXPECT_EQ(http_.requests.size(), 3U);
}

TEST_F(GitHubTest, ATokenThatExpiredIsAskedForAgain) {
  const auto function = fake_object(json::value("g1"));
  const auto reporter = make_status(bind(status_schema(), {{"token", value_of(function)}}), environment());
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  const auto sent_with = [&](std::size_t index, const char* header) {
    return std::ranges::count(http_.requests.at(index).headers,
                              std::make_pair(std::string("Authorization"), std::string(header))) == 1;
  };
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  function->result = json::value("g2");
  http_.answer(401);
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 3U);
  EXPECT_TRUE(sent_with(0, "token g1"));
  EXPECT_TRUE(sent_with(1, "token g1"));
  EXPECT_TRUE(sent_with(2, "token g2"));
}

TEST_F(GitHubTest, StatesOfOneContextSupersedeEachOther) {
  const auto reporter = status();
  const Delivery started = one(*reporter, order_of(sample_build(-1)));
  const Delivery finished = one(*reporter, order_of(sample_build(0)));
  EXPECT_EQ(started.status, finished.status);
  EXPECT_EQ(started.lane, finished.lane);
  EXPECT_LT(started.rank, finished.rank);
  EXPECT_EQ(started.status,
            std::string("github https://api.github.com example/project ") + sha + " buildbot/linux");
}

TEST_F(GitHubTest, RateLimits) {
  const auto reporter = status();
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  http_.answer(403, R"({"message": "You have exceeded a secondary rate limit."})");
  auto outcome = send(*reporter, delivery);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(outcome.error().retry_after, std::chrono::seconds(60));
  http_.answer(403, "limit", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000100"}});
  outcome = send(*reporter, delivery);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(outcome.error().retry_after, std::chrono::seconds(100));
  http_.answer(403, R"({"message": "Resource not accessible by personal access token"})");
  EXPECT_EQ(send(*reporter, delivery).error().kind, Failure::Kind::rejected);
  http_.answer(422, R"({"message": "This SHA and context has reached the maximum number of statuses."})");
  EXPECT_THAT(send(*reporter, delivery).error().what, HasSubstr("at most 1000 statuses"));
  http_.answer(201, "{}", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000030"}});
  EXPECT_EQ(send(*reporter, delivery)->pause, std::chrono::seconds(30));
  EXPECT_EQ(reporter->account(), comment()->account()) << "one token, one limit";
}

TEST_F(GitHubTest, BadArguments) {
  EXPECT_THAT(error_of([&] { status({{"baseURL", text("api.github.com")}}); }),
              HasSubstr("GitHubStatusPush(baseURL=...)"));
  EXPECT_THAT(error_of([&] { make_status(bind(status_schema(), {{"token", text("")}}), environment()); }),
              HasSubstr("(token=...): must not be empty"));
}

TEST_F(GitHubTest, ACommentGoesToThePullRequestAtTheEnd) {
  const auto reporter = comment();
  const Delivery start = one(*reporter, order_of(pull(-1)));
  EXPECT_TRUE(start.skip) << "only the end, unless startDescription is given";
  EXPECT_EQ(start.note, "no startDescription");
  const Delivery delivery = one(*reporter, order_of(pull(0)));
  http_.answer(201, R"({"id": 5})");
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 1U);
  EXPECT_EQ(http_.requests[0].url, "https://api.github.com/repos/example/project/issues/5/comments");
  EXPECT_EQ(json::parse(http_.requests[0].body),
            json::parse(json::serialize(
                json::object{{"body", "Build done.\n\n" + mark(Mark::html_comment, delivery.key)}})));
  EXPECT_EQ(compose(*comment({{"startDescription", text("Go")}}), order_of(pull(-1))).size(), 1U);
}

TEST_F(GitHubTest, WhereThePullRequestIsFound) {
  json::object build = sample_build(0);
  build.at("properties").as_object()["branch"] = json::array{"refs/pull/9/head", "x"};
  EXPECT_THAT(one(*comment(), order_of(build)).payload, HasSubstr("/issues/9"));
  build = sample_build(0);
  build.at("properties").as_object()["github.number"] = json::array{8, "x"};
  EXPECT_THAT(one(*comment(), order_of(build)).payload, HasSubstr("/issues/8"));
  const Delivery none = one(*comment(), order_of(sample_build(0)));
  EXPECT_TRUE(none.skip);
  EXPECT_THAT(none.note, HasSubstr("no pull request"));
  const Delivery empty =
      one(*comment({{"endDescription", value_of(fake_object(json::value("")))}}), order_of(pull(0)));
  EXPECT_TRUE(empty.skip);
  EXPECT_THAT(empty.note, HasSubstr("endDescription is empty"));
}

TEST_F(GitHubTest, EachPullRequestOfABuildOnce) {
  json::object build = pull(0);
  auto& stamps = build.at("buildset").at("sourcestamps").as_array();
  stamps.push_back(
      json::parse(R"({"codebase": "lib", "project": "other/lib", "branch": "refs/pull/7/head"})"));
  stamps.push_back(
      json::parse(R"({"codebase": "doc", "project": "example/project", "branch": "refs/pull/5/head"})"));
  stamps.push_back(
      json::parse(R"({"codebase": "x", "project": "", "repository": "", "branch": "refs/pull/6/head"})"));
  build.at("properties").as_object()["github.number"] = json::array{9, "x"};
  const auto made = compose(*comment(), order_of(build));
  ASSERT_EQ(made.size(), 2U);
  EXPECT_THAT(made[0].payload, HasSubstr("/repos/example/project/issues/5"));
  EXPECT_THAT(made[1].payload, HasSubstr("/repos/other/lib/issues/7"));
  EXPECT_NE(made[0].key, made[1].key);
  EXPECT_NE(made[0].lane, made[1].lane);
}

TEST_F(GitHubTest, EmptyDescriptionsAreTheDefaults) {
  EXPECT_TRUE(one(*comment({{"startDescription", text("")}}), order_of(pull(-1))).skip);
  EXPECT_THAT(one(*comment({{"endDescription", text("")}}), order_of(pull(0))).payload,
              HasSubstr("Build done."));
  const auto reporter = status({{"startDescription", text("")}, {"endDescription", text("")}});
  EXPECT_EQ(posted(*reporter, order_of(sample_build(-1))).at("description"), "Build started.");
  EXPECT_EQ(posted(*reporter, order_of(sample_build(0))).at("description"), "Build done.");
}

TEST_F(GitHubTest, WithoutAPullRequestTheTextIsNotMade) {
  const auto words = fake_object(json::value("x"));
  EXPECT_TRUE(one(*comment({{"endDescription", value_of(words)}}), order_of(sample_build(0))).skip);
  EXPECT_TRUE(words->seen.empty()) << "it may fetch logs";
}

TEST_F(GitHubTest, ACommentMentionsWhomTheConfigurationNamesAndNobodyElse) {
  json::object build = pull(2);
  build.at("properties").as_object()["owner"] = json::array{"@everyone", "x"};
  const auto words = fake_object(json::value("@acme/release: look"));
  const auto reporter = comment({{"endDescription", value_of(words)}});
  EXPECT_THAT(one(*reporter, order_of(build)).payload, HasSubstr("@acme/release: look"));
  ASSERT_EQ(words->seen.size(), 1U);
  EXPECT_EQ(words->seen[0].args.at(0).at("properties").at("owner").at(0), "@\u200beveryone");
  EXPECT_EQ(words->seen[0].args.at(0).at("number"), 3);
}

TEST_F(GitHubTest, TextsOfAnyKind) {
  const auto reporter = status({{"context", text("a\r\nb" + std::string(300, 'x'))},
                                {"endDescription", text("<b>\r\n\xF0\x9F\x94\x94 \xFF")}});
  const json::object body = posted(*reporter, order_of(sample_build(0)));
  EXPECT_EQ(body.at("description"), "<b> \xEF\xBF\xBD \xEF\xBF\xBD") << "GitHub takes nothing above U+FFFF";
  const std::string context(body.at("context").as_string());
  EXPECT_TRUE(context.starts_with("a bxxx")) << context;
  EXPECT_EQ(context.size(), 255U);
  json::object other = sample_build(0);
  other.at("builder").as_object()["name"] = std::string(300, 'y');
  EXPECT_EQ(posted(*status(), order_of(other)).at("context").as_string().size(), 255U);
}

TEST_F(GitHubTest, NoSecretIsShown) {
  for (const auto& reporter :
       {status({{"debug", settings::Value{true}}, {"verbose", settings::Value{true}}}), comment()}) {
    const Delivery delivery = one(*reporter, order_of(pull(0)));
    http_.answer(401, R"({"message": "Bad credentials"})");
    const auto outcome = send(*reporter, delivery);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Failure::Kind::rejected);
    for (const std::string& shown :
         {delivery.key, delivery.lane, delivery.status, delivery.target, delivery.payload, delivery.summary,
          delivery.note, outcome.error().what, reporter->account()})
      EXPECT_THAT(shown, Not(HasSubstr("t0ken")));
  }
}

TEST_F(GitHubTest, ALongCommentIsCutAndKeepsItsMark) {
  const Delivery delivery =
      one(*comment({{"endDescription", text(std::string(200'000, 'x'))}}), order_of(pull(0)));
  const std::string body(json::parse(delivery.payload).at("body").as_string());
  EXPECT_EQ(ellipsize(body, 65536), body);
  EXPECT_TRUE(has_mark(Mark::html_comment, body, delivery.key));
}

TEST_F(GitHubTest, ACommentThatMayHaveArrivedIsLookedForFirst) {
  const auto reporter = comment();
  Delivery delivery = one(*reporter, order_of(pull(0)));
  delivery.maybe_sent = true;
  json::array page;
  for (int i = 0; i < 100; ++i)
    page.push_back(json::object{{"id", i}, {"body", "other"}});
  http_.answer(200, json::serialize(page));
  http_.answer(200, json::serialize(json::array{
                        json::object{{"id", 77}, {"body", "x " + mark(Mark::html_comment, delivery.key)}}}));
  auto outcome = send(*reporter, delivery);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->answer, "comment 77 is there already");
  ASSERT_EQ(http_.requests.size(), 2U);
  EXPECT_THAT(http_.requests[1].url,
              testing::EndsWith("/issues/5/comments?per_page=100&since=2023-11-14T00%3A00%3A00Z&page=2"));
  http_.requests.clear();
  http_.answer(200, "[]");
  http_.answer(201, "{}");
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 2U);
  EXPECT_EQ(http_.requests[1].method, "POST");
  http_.answer(500, "");
  EXPECT_EQ(send(*reporter, delivery).error().kind, Failure::Kind::unreachable) << "not known: not posted";
}

// A pull request with comments.
class StickyTest : public GitHubTest {
 protected:
  std::string sent(Reporter& reporter, const Delivery& delivery, const std::string& there) {
    http_.requests.clear();
    http_.answers.clear();
    const json::object existing{{"id", 5}, {"body", there}};
    if (known_) {
      http_.answer(200, json::serialize(existing));
    } else {
      http_.answer(200, there.empty() ? "[]" : json::serialize(json::array{existing}));
    }
    http_.answer(there.empty() ? 201 : 200, R"({"id": 5})");
    const auto outcome = send(reporter, delivery);
    EXPECT_TRUE(outcome);
    answer_ = outcome ? outcome->answer : "";
    known_ = true;
    method_ = http_.requests.back().method;
    if (method_ == "GET") return there;
    return std::string(json::parse(http_.requests.back().body).at("body").as_string());
  }
  bool known_ = false;
  std::string method_, answer_;
};

TEST_F(StickyTest, OneCommentIsEditedInPlace) {
  const Keywords keywords = {{"sticky", settings::Value{true}},
                             {"startDescription", text("started")},
                             {"endDescription", text("finished")}};
  auto reporter = comment(keywords);
  const Delivery linux_start = one(*reporter, order_of(pull(-1)));
  const Delivery linux_end = one(*reporter, order_of(pull(0)));
  const Delivery mac_start = one(*reporter, order_of(of_builder(pull(-1), "mac", 8)));
  EXPECT_EQ(linux_start.lane, mac_start.lane);
  EXPECT_NE(linux_start.status, mac_start.status);
  EXPECT_EQ(linux_start.status, linux_end.status);
  std::string body = sent(*reporter, linux_start, "");
  EXPECT_EQ(method_, "POST");
  body = sent(*reporter, mac_start, body);
  EXPECT_EQ(method_, "PATCH");
  EXPECT_EQ(http_.requests.back().url, "https://api.github.com/repos/example/project/issues/comments/5");
  reporter = comment(keywords);  // after a restart, the comment is found by its mark
  known_ = false;
  body = sent(*reporter, linux_end, body);
  EXPECT_EQ(method_, "PATCH");
  EXPECT_LT(body.find("finished"), body.find("started")) << "linux before mac";
  EXPECT_EQ(sent(*reporter, linux_start, body), body);
  EXPECT_EQ(answer_, "a newer report is in comment 5");
  EXPECT_EQ(sent(*reporter, linux_end, body), body);
  EXPECT_EQ(answer_, "comment 5 says so already");
}

TEST_F(StickyTest, ACopyOfTheMarkByAnybodyElseDoesNotStopUs) {
  const auto reporter = comment({{"sticky", settings::Value{true}}});
  const Delivery delivery = one(*reporter, order_of(pull(0)));
  const json::object copy{{"id", 4},
                          {"body", "mine! " + mark(Mark::html_comment, "sticky GitHubCommentPush")}};
  const std::string list = json::serialize(json::array{copy});
  http_.answer(200, list);
  http_.answer(403, R"({"message": "Must have write access to edit a comment"})");
  const auto first = send(*reporter, delivery);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, Failure::Kind::unreachable) << "to be tried again";
  http_.answer(200, list);
  http_.answer(403, R"({"message": "Resource not accessible"})");
  EXPECT_EQ(send(*reporter, delivery).error().kind, Failure::Kind::rejected)
      << "not even a comment of our own";
  http_.answer(200, list);
  http_.answer(201, R"({"id": 6})");
  ASSERT_TRUE(send(*reporter, delivery));
  EXPECT_EQ(http_.requests.back().method, "POST");
}

TEST_F(StickyTest, ADeletedCommentIsPostedAnew) {
  const auto reporter = comment({{"sticky", settings::Value{true}}});
  const Delivery delivery = one(*reporter, order_of(pull(0)));
  sent(*reporter, delivery, "");
  http_.answers.clear();
  http_.requests.clear();
  http_.answer(404, "{}");
  http_.answer(200, "[]");
  http_.answer(201, R"({"id": 6})");
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 3U);
  EXPECT_EQ(http_.requests[2].method, "POST");
}

}  // namespace
}  // namespace carillon::reporter::github
