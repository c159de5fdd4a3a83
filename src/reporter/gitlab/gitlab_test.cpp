#include "reporter/gitlab/gitlab.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/reporter_fixture.hpp"
#include "reporter/gitlab/project.hpp"

namespace carillon::reporter::gitlab {
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

constexpr const char* sha = "0123456789abcdef0123456789abcdef01234567";
constexpr const char* transition =
    R"json({"message":"Cannot transition status via :run from :running (Reason(s): ...)"})json";

class GitLabTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords = {}) {
    keywords.emplace_back("token", Value{Secret("t0psecret")});
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
  static json::object with_id(json::object build, json::value id = 42) {
    json::array pair;
    pair.emplace_back(std::move(id));
    pair.emplace_back("Change");
    build.at("properties").as_object()["source_project_id"] = std::move(pair);
    return build;
  }
};

TEST_F(GitLabTest, WarningsAreASuccessUnlessToldOtherwise) {
  EXPECT_EQ(body(order_of(sample_build(1))).at("state"), "success");
  EXPECT_EQ(body(order_of(sample_build(1)), {{"warningAsSuccess", Value{false}}}).at("state"), "failed");
  EXPECT_EQ(body(order_of(sample_build(0)), {{"warningAsSuccess", Value{false}}}).at("state"), "success");
}

TEST_F(GitLabTest, AForcedBuildIsReportedOnWhatWasCheckedOut) {
  json::object build = sample_build(2);
  sourcestamp(build)["revision"] = nullptr;
  build.at("properties").as_object()["got_revision"] =
      json::array{"89abcdef0123456789abcdef0123456789abcdef", "Git"};
  EXPECT_THAT(one(*make_it(), order_of(build)).payload,
              HasSubstr("89abcdef0123456789abcdef0123456789abcdef"));
}

TEST_F(GitLabTest, EveryResultHasItsState) {
  const char* const expected[] = {"success", "success", "failed", "skipped", "failed", "pending", "canceled"};
  for (int results = 0; results < 7; ++results) {
    const json::object got = body(order_of(sample_build(results)));
    EXPECT_EQ(got.at("state"), expected[results]) << results;
    EXPECT_EQ(got.at("description"), "Build done.") << results;
  }
  EXPECT_EQ(body(order_of(sample_build(-1))).at("state"), "running");
  EXPECT_EQ(body(order_of(sample_build(-1))).at("description"), "Build started.");
  const json::object waiting = body(request_order(), {{"pendingDescription", text("Build waits.")}});
  EXPECT_EQ(waiting.at("state"), "pending");
  EXPECT_EQ(waiting.at("description"), "Build waits.");
  EXPECT_EQ(body(request_order(6)).at("state"), "canceled");
  EXPECT_EQ(body(request_order(3)).at("state"), "skipped");
}

TEST_F(GitLabTest, TheBodyIsWhatGitLabAsksFor) {
  EXPECT_EQ(body(order_of(sample_build(0))),
            json::parse(R"({"state": "success", "ref": "main", "name": "buildbot/linux",
                            "description": "Build done.",
                            "target_url": "http://ci.example.org/#builders/2/builds/3"})")
                .as_object());
  json::object build = sample_build(0);
  sourcestamp(build)["branch"] = "refs/heads/feature/x";
  EXPECT_EQ(body(order_of(build)).at("ref"), "feature/x");
  sourcestamp(build)["branch"] = nullptr;
  EXPECT_FALSE(body(order_of(build)).contains("ref"));
  build.at("properties").as_object()["source_branch"] = json::array{"fork-branch", "Change"};
  EXPECT_EQ(body(order_of(build)).at("ref"), "fork-branch");
}

TEST_F(GitLabTest, TheProjectsNumberIsAskedForOnce) {
  auto reporter = make_it({{"baseURL", text("https://git.example.org/")}});
  json::object build = sample_build(2);
  sourcestamp(build)["repository"] = "git@git.example.org:group/sub/my repo.git";
  const Delivery delivery = one(*reporter, order_of(build));
  http_.answer(200, R"({"id": 99})");
  http_.answer(201);
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 3U);
  EXPECT_EQ(http_.requests[0].method, "GET");
  EXPECT_EQ(http_.requests[0].url, "https://git.example.org/api/v4/projects/group%2Fsub%2Fmy%20repo");
  EXPECT_EQ(http_.requests[1].method, "POST");
  const std::string status_url = std::string("https://git.example.org/api/v4/projects/99/statuses/") + sha;
  EXPECT_EQ(http_.requests[1].url, status_url);
  EXPECT_EQ(http_.requests[2].url, status_url);
  for (const http::Request& request : http_.requests) {
    const auto& [name, value] = request.headers.back();
    EXPECT_EQ(name, "PRIVATE-TOKEN");
    EXPECT_EQ(value, "t0psecret");
  }
}

TEST_F(GitLabTest, AProjectThatIsGoneIsAskedForAgain) {
  auto reporter = make_it();
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  http_.answer(200, R"({"id": 99})");
  http_.answer(404, R"({"message":"404 Project Not Found"})");
  EXPECT_EQ(send(*reporter, delivery).error().kind, Failure::Kind::rejected);
  http_.answer(200, R"({"id": 100})");
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  EXPECT_THAT(http_.requests.back().url, HasSubstr("/projects/100/"));
}

TEST_F(GitLabTest, ThePropertyNamesTheProjectOfAFork) {
  for (const json::value& id : {json::value(42), json::value("42")}) {
    auto reporter = make_it();
    http_.requests.clear();
    http_.answer(201);
    ASSERT_TRUE(send(*reporter, one(*reporter, order_of(with_id(sample_build(0), id)))));
    ASSERT_EQ(http_.requests.size(), 1U) << "no look-up";
    EXPECT_THAT(http_.requests[0].url, StartsWith("https://gitlab.com/api/v4/projects/42/statuses/"));
  }
}

TEST_F(GitLabTest, FailuresOfTheLookUpAreJudged) {
  auto reporter = make_it();
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  const auto failure_after = [&](int status, std::string answer) {
    http_.answer(status, std::move(answer));
    return send(*reporter, delivery).error();
  };
  const Failure unknown = failure_after(404, R"({"message":"404 Project Not Found"})");
  EXPECT_EQ(unknown.kind, Failure::Kind::rejected);
  EXPECT_THAT(unknown.what, HasSubstr("no project example/project"));
  EXPECT_EQ(failure_after(502, "").kind, Failure::Kind::unreachable);
  EXPECT_EQ(failure_after(200, "<html>").kind, Failure::Kind::unreachable);
  EXPECT_EQ(failure_after(401, "").kind, Failure::Kind::rejected);
  EXPECT_EQ(failure_after(429, "").kind, Failure::Kind::throttled);
  EXPECT_EQ(http_.requests.size(), 5U) << "nothing was posted";
}

TEST_F(GitLabTest, WhatIsThereAlreadyIsDelivered) {
  auto reporter = make_it();
  const Delivery running = one(*reporter, order_of(with_id(sample_build(-1))));
  http_.answer(400, transition);
  const auto receipt = send(*reporter, running);
  ASSERT_TRUE(receipt);
  EXPECT_THAT(receipt->answer, HasSubstr("already there"));
  const Delivery ended = one(*reporter, order_of(with_id(sample_build(0))));
  http_.answer(400, transition);
  EXPECT_EQ(send(*reporter, ended).error().kind, Failure::Kind::rejected);
  http_.answer(400, R"({"message":"Cannot transition status via :success from :success"})");
  EXPECT_TRUE(send(*reporter, ended));
  http_.answer(400, R"({"error":"ref is invalid"})");
  EXPECT_EQ(send(*reporter, running).error().kind, Failure::Kind::rejected);
  http_.answer(409);
  EXPECT_EQ(send(*reporter, ended).error().kind, Failure::Kind::unreachable);
}

TEST_F(GitLabTest, ARepeatedEndLooksFirst) {
  auto reporter = make_it();
  Delivery ended = one(*reporter, order_of(with_id(sample_build(0))));
  ended.maybe_sent = true;
  json::object status = body(order_of(sample_build(0)));
  status["status"] = "success";
  http_.answer(200, json::serialize(json::array{status}));
  const auto receipt = send(*reporter, ended);
  ASSERT_TRUE(receipt);
  EXPECT_THAT(receipt->answer, HasSubstr("already there"));
  ASSERT_EQ(http_.requests.size(), 1U);
  EXPECT_EQ(http_.requests[0].url, "https://gitlab.com/api/v4/projects/42/repository/commits/" +
                                       std::string(sha) + "/statuses?name=buildbot%2Flinux&ref=main");
  json::object other = status;
  other["target_url"] = "http://ci.example.org/#builders/2/builds/2";
  for (const std::string& answer :
       {json::serialize(json::array{other}), std::string("[]"), std::string("{}")}) {
    http_.requests.clear();
    http_.answer(200, answer);
    http_.answer(201);
    ASSERT_TRUE(send(*reporter, ended));
    EXPECT_EQ(http_.requests.back().method, "POST") << answer;
  }
  Delivery running = one(*reporter, order_of(with_id(sample_build(-1))));
  running.maybe_sent = true;
  http_.requests.clear();
  http_.answer(400, transition);
  ASSERT_TRUE(send(*reporter, running));
  EXPECT_EQ(http_.requests.size(), 1U) << "GitLab itself refuses to repeat it";
}

TEST_F(GitLabTest, AServerWithoutSkippedGetsSuccessAndIsRemembered) {
  auto reporter = make_it();
  const Delivery skipped = one(*reporter, order_of(with_id(sample_build(3))));
  http_.answer(400, R"({"error":"state does not have a valid value"})");
  http_.answer(201);
  http_.answer(201);
  for (int i = 0; i < 2; ++i) {
    const auto receipt = send(*reporter, skipped);
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->answer, "201; as success: this GitLab is older than 17.6 and knows no skipped");
  }
  const auto state_in = [&](std::size_t index) {
    return json::parse(http_.requests.at(index).body).at("state").as_string();
  };
  ASSERT_EQ(http_.requests.size(), 3U) << "the second time it is not tried";
  EXPECT_EQ(state_in(0), "skipped");
  EXPECT_EQ(state_in(1), "success");
  EXPECT_EQ(state_in(2), "success");
  const Delivery failed = one(*reporter, order_of(with_id(sample_build(2))));
  http_.answer(400, R"({"error":"state does not have a valid value"})");
  EXPECT_EQ(send(*reporter, failed).error().kind, Failure::Kind::rejected);
}

TEST_F(GitLabTest, TheBaseUrlIsTheServerAlone) {
  for (const char* api : {"/api/v4", "/api/v4/", "/api/v3", "/api"}) {
    EXPECT_THAT(
        error_of([&] { make_it({{"baseURL", text(std::string("https://git.crew.net/lab") + api)}}); }),
        HasSubstr("(baseURL=...): must be the server alone: write 'https://git.crew.net/lab', without '/api"))
        << api;
  }
  EXPECT_EQ(error_of([&] { make_it({{"baseURL", text("https://git.crew.net/lab/apis")}}); }), "no error");
}

TEST_F(GitLabTest, AStatusGoesOutWithoutALinkThatIsRefused) {
  json::object build = with_id(sample_build(0));
  build["url"] = "jenkins.local/job/8";
  auto reporter = make_it();
  const Delivery delivery = one(*reporter, order_of(build));
  EXPECT_FALSE(json::parse(delivery.payload).at("body").as_object().contains("target_url"));
  EXPECT_EQ(delivery.note, "the status has no link: the build's URL is not http:// or https://");
  http_.answer(400, R"({"message": {"target_url": ["is blocked: Only allowed schemes are http, https"]}})");
  http_.answer(201);
  const auto receipt = send(*reporter, one(*reporter, order_of(with_id(sample_build(0)))));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->answer, "201; without target_url, which the service refuses");
  EXPECT_FALSE(json::parse(http_.requests.at(1).body).as_object().contains("target_url"));
  EXPECT_EQ(json::parse(http_.requests.at(1).body).at("state"), "success");
}

TEST_F(GitLabTest, ATokenThatExpiredIsAskedForAgain) {
  const auto function = fake_object(json::value("g1"));
  const auto reporter = make(bind(schema(), {{"token", value_of(function)}}), environment());
  const Delivery delivery = one(*reporter, order_of(with_id(sample_build(0))));
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  function->result = json::value("g2");
  http_.answer(401);
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 3U);
  EXPECT_EQ(http_.requests[1].headers.back().second, "g1");
  EXPECT_EQ(http_.requests[2].headers.back().second, "g2");
}

TEST_F(GitLabTest, LimitsAreKept) {
  std::string bells;
  for (int i = 0; i < 300; ++i)
    bells += "\U0001F514";
  json::object build = sample_build(0);
  build["url"] = "http://ci.example.org/" + std::string(300, 'x');
  auto reporter = make_it({{"endDescription", text("<b>\r\n" + bells)}, {"context", text(bells)}});
  const Delivery delivery = one(*reporter, order_of(build));
  const json::object got = json::parse(delivery.payload).at("body").as_object();
  const std::string description(got.at("description").as_string());
  EXPECT_THAT(description, StartsWith("<b> \U0001F514"));
  EXPECT_EQ(description.size(), std::size_t{4 + 250 * 4 + 3}) << "255 characters, the last is an ellipsis";
  const std::string name(got.at("name").as_string());
  EXPECT_THAT(name, StartsWith("\U0001F514"));
  EXPECT_EQ(name.size(), std::size_t{238 * 4 + 1 + 16}) << "255 characters";
  EXPECT_FALSE(got.contains("target_url")) << "a cut URL leads nowhere";
  EXPECT_THAT(delivery.note, HasSubstr("URL is longer"));
}

TEST_F(GitLabTest, AFailingRenderableIsNotedAndTheStatusGoesOut) {
  const auto broken = fake_object(rejected("x.cfg:9: KeyError: 'x'"));
  auto reporter = make_it({{"endDescription", value_of(broken)}, {"context", value_of(broken)}});
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  const json::value got = json::parse(delivery.payload).at("body");
  EXPECT_EQ(got.at("description"), "Build done.");
  EXPECT_EQ(got.at("name"), "buildbot/linux");
  EXPECT_THAT(delivery.note, HasSubstr("endDescription failed: x.cfg:9"));
  EXPECT_THAT(delivery.note, HasSubstr("context failed: x.cfg:9"));
  const auto none = fake_object(json::value(nullptr));
  EXPECT_FALSE(body(order_of(sample_build(0)), {{"endDescription", value_of(none)}}).contains("description"));
  EXPECT_EQ(body(order_of(sample_build(0)), {{"endDescription", text("")}}).at("description"), "Build done.");
}

TEST_F(GitLabTest, WhatCannotBeReportedIsSkippedWithTheReason) {
  auto reporter = make_it();
  json::object build = sample_build(0);
  sourcestamp(build)["revision"] = nullptr;
  Delivery skipped = one(*reporter, order_of(build));
  EXPECT_TRUE(skipped.skip);
  EXPECT_EQ(skipped.note, "no revision");
  build = sample_build(0);
  sourcestamp(build)["repository"] = "";
  skipped = one(*reporter, order_of(build));
  EXPECT_TRUE(skipped.skip);
  EXPECT_THAT(skipped.note, HasSubstr("no project"));
  build.at("buildset").as_object()["sourcestamps"] = json::array();
  skipped = one(*reporter, order_of(build));
  EXPECT_TRUE(skipped.skip);
  EXPECT_THAT(skipped.note, HasSubstr("no sourcestamp"));
}

TEST_F(GitLabTest, EachCodebaseIsReportedAndNoneTwice) {
  auto reporter = make_it();
  json::object build = sample_build(0);
  auto& stamps = build.at("buildset").at("sourcestamps").as_array();
  for (int i = 0; i < 3; ++i)
    stamps.push_back(stamps[0]);
  sourcestamp(build, 1)["repository"] = "https://example.org/example/lib";
  sourcestamp(build, 2)["repository"] = "nowhere";
  sourcestamp(build, 2)["codebase"] = "docs";
  const auto deliveries = compose(*reporter, order_of(build));
  ASSERT_EQ(deliveries.size(), 2U) << "the fourth is the first again, the third has no project";
  EXPECT_NE(deliveries[0].key, deliveries[1].key);
  EXPECT_NE(deliveries[0].status, deliveries[1].status);
  EXPECT_THAT(deliveries[0].note, HasSubstr("left out: codebase docs: no project"));
}

TEST_F(GitLabTest, AMergeRequestIsOfOneCodebaseOnly) {
  json::object build = with_id(sample_build(0), 4711);
  json::object& properties = build.at("properties").as_object();
  properties["source_branch"] = json::array{"fix", "Change"};
  properties["target_branch"] = json::array{"main", "Change"};
  sourcestamp(build)["repository"] = "https://gitlab.com/crew/lib.git";
  auto& stamps = build.at("buildset").at("sourcestamps").as_array();
  stamps.push_back(stamps[0]);
  sourcestamp(build, 1)["repository"] = "https://gitlab.com/crew/app.git";
  const auto places = [&] {
    std::vector<std::string> made;
    for (const Delivery& delivery : compose(*make_it(), order_of(build))) {
      const json::value payload = json::parse(delivery.payload);
      made.push_back(std::string(payload.at("project").as_string()) + " " +
                     std::string(payload.at("body").at("ref").as_string()));
    }
    return made;
  };
  using testing::ElementsAre;
  EXPECT_THAT(places(), ElementsAre("crew/lib main", "crew/app main")) << "both are of that branch";
  sourcestamp(build)["branch"] = "stable";
  EXPECT_THAT(places(), ElementsAre("crew/lib stable", "4711 fix"));
  properties["source_repository"] = json::array{"https://gitlab.com/fork/lib.git", "Change"};
  properties["target_git_ssh_url"] = json::array{"git@gitlab.com:Crew/lib.git", "Change"};
  EXPECT_THAT(places(), ElementsAre("4711 fix", "crew/app main"));
  stamps.pop_back();
  EXPECT_THAT(places(), ElementsAre("4711 fix"));
}

TEST_F(GitLabTest, CommitsOfAnotherServerAreLeftOut) {
  json::object build = sample_build(0);
  sourcestamp(build)["repository"] = "https://github.com/crew/app.git";
  const auto reporter = make_it({{"baseURL", text("https://gitlab.crew.net/")}});
  const Delivery delivery = one(*reporter, order_of(build));
  EXPECT_TRUE(delivery.skip);
  EXPECT_EQ(delivery.note, "its repository is on github.com, not on gitlab.crew.net");
  sourcestamp(build)["repository"] = "ssh://git@ssh.gitlab.crew.net:2222/crew/app.git";
  EXPECT_FALSE(one(*reporter, order_of(build)).skip);
}

TEST_F(GitLabTest, KeysAreStableAndLaterStatesRankHigher) {
  auto reporter = make_it({{"pendingDescription", text("waits")}});
  const Delivery waiting = one(*reporter, request_order());
  const Delivery started = one(*reporter, order_of(sample_build(-1)));
  const Delivery ended = one(*reporter, order_of(sample_build(0)));
  EXPECT_EQ(ended.key, one(*reporter, order_of(sample_build(0))).key);
  EXPECT_EQ(ended.key, "gitlab:ci/builds/7/finished#0");
  EXPECT_NE(started.key, ended.key);
  EXPECT_LT(waiting.rank, started.rank);
  EXPECT_LT(started.rank, ended.rank);
  EXPECT_EQ(waiting.status, ended.status);
  EXPECT_EQ(started.status, ended.status);
  EXPECT_EQ(ended.lane, "gitlab https://gitlab.com example/project " + std::string(sha) + " buildbot/linux");
}

TEST_F(GitLabTest, StatesOfTwoRefsDoNotReplaceEachOtherButShareALane) {
  auto reporter = make_it();
  json::object build = sample_build(0);
  sourcestamp(build)["branch"] = "release";
  const Delivery release = one(*reporter, order_of(build));
  const Delivery main = one(*reporter, order_of(sample_build(0)));
  EXPECT_NE(release.status, main.status);
  EXPECT_EQ(release.lane, main.lane);
}

TEST_F(GitLabTest, NoSecretIsShown) {
  auto reporter = make_it({{"baseURL", text("https://user:pw123@git.example.org")}, {"debug", Value{true}}});
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  http_.answer(403, "forbidden");
  const auto failed = send(*reporter, delivery);
  ASSERT_FALSE(failed);
  for (const std::string& shown :
       {delivery.key, delivery.lane, delivery.status, delivery.target, delivery.payload, delivery.note,
        failed.error().what, reporter->account()}) {
    EXPECT_THAT(shown, Not(HasSubstr("t0psecret")));
    EXPECT_THAT(shown, Not(HasSubstr("pw123")));
  }
}

TEST_F(GitLabTest, TheManualsArguments) {
  auto reporter =
      make_it({{"verify", Value{false}}, {"verbose", Value{true}}, {"builders", Value{settings::List{}}}});
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, one(*reporter, order_of(with_id(sample_build(0))))));
  EXPECT_FALSE(http_.requests.at(0).verify);
  EXPECT_THAT(error_of([&] { make_it({{"baseURL", text("git.example.org")}}); }),
              HasSubstr("GitLabStatusPush(baseURL=...)"));
  std::vector<std::string> names;
  for (const settings::Argument& argument : schema().arguments)
    names.push_back(argument.name);
  names.resize(6);
  EXPECT_THAT(names, testing::ElementsAre("token", "startDescription", "endDescription", "context", "baseURL",
                                          "verbose"));
}

TEST(GitLabProject, StandsInTheUrlOfTheRepository) {
  const auto name = [](std::string repository, std::string_view base = "https://h") {
    Commit commit;
    commit.repository = std::move(repository);
    const auto project = project_of(commit, base);
    return project ? project->name : "none";
  };
  EXPECT_EQ(name("https://h/group/sub/repo.git"), "group/sub/repo");
  EXPECT_EQ(name("ssh://git@h:2222/group/repo.git"), "group/repo");
  EXPECT_EQ(name("https://h/gitlab/group/repo.git", "https://h/gitlab"), "group/repo");
  EXPECT_EQ(name("git@h:gitlab/repo.git", "https://h/gitlab"), "gitlab/repo");
  EXPECT_EQ(name("https://h/gitlab/repo", "https://h/gitlab"), "gitlab/repo");
  EXPECT_EQ(name("https://h/../repo"), "none");
  EXPECT_EQ(name("ssh://git@h:group/sub/repo.git"), "group/sub/repo") << "not sub/repo";
  EXPECT_EQ(name("git@h:2222/group/repo"), "group/repo") << "not 2222/group/repo";
  EXPECT_EQ(name("https://h/gitlab/api/v4/projects/group%2Frepo", "https://h/gitlab"), "group/repo");
  EXPECT_EQ(name("https://h/api/v4/projects/42/repository"), "42");
  EXPECT_EQ(name("https://h/gitlab/api/v4/projects/42", "https://h/gitlab"), "42");
  EXPECT_EQ(name("file:///srv/git/group/repo.git"), "none");
}

}  // namespace
}  // namespace carillon::reporter::gitlab
