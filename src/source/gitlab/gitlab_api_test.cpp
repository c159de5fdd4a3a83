#include "source/gitlab/gitlab_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"
#include "source/gitlab/gitlab_sample.hpp"

namespace carillon::source::gitlab {
namespace {

using hook::Phase;

constexpr const char* base = "https://gitlab.example.org/api/v4/";

std::shared_ptr<Settings> settings_with_token() {
  auto settings = sample_settings();
  settings->token = Secret("glpat");
  settings->projects = {"team/app"};
  settings->children = false;
  return settings;
}

// What the API has of pipeline 31.
json::object listed(const json::object& changes = {}) {
  return changed({{"id", 31},
                  {"iid", 12},
                  {"project_id", 5},
                  {"status", "failed"},
                  {"source", "push"},
                  {"ref", "main"},
                  {"sha", "bcbb5ec3"},
                  {"updated_at", "2016-08-12T15:26:30.001Z"},
                  {"web_url", "https://gitlab.example.org/team/app/-/pipelines/31"}},
                 changes);
}
json::object whole(const json::object& changes = {}) {
  return changed(listed({{"created_at", "2016-08-12T15:23:28.001Z"},
                         {"started_at", "2016-08-12T15:24:56.700Z"},
                         {"finished_at", "2016-08-12T15:26:29.999Z"},
                         {"tag", false},
                         {"user", json::object{{"username", "ann"}}},
                         {"detailed_status", json::object{{"label", "failed"}, {"group", "failed"}}}}),
                 changes);
}

class GitLabApiTest : public testing::Test {
 protected:
  GitLabApiTest() {
    http_.otherwise = [this](const http::Request& request) {
      http::Response response;
      const std::string path = request.url.substr(std::string_view(base).size());
      const auto found = there_.find(path.substr(0, path.find('?')));
      response.status = found == there_.end() ? 404 : 200;
      response.body = found == there_.end() ? "{}" : json::serialize(found->second);
      return response;
    };
  }
  // The paths that were asked for since the last time.
  std::vector<std::string> asked() {
    std::vector<std::string> paths;
    for (const http::Request& request : http_.requests)
      paths.push_back(request.url.substr(std::string_view(base).size()));
    http_.requests.clear();
    return paths;
  }
  std::vector<hook::Run> changed_since(std::int64_t since, const std::set<std::string>& projects = {}) {
    auto runs = test::run(io_, api_.changed_since(since, projects));
    if (!runs) ADD_FAILURE() << runs.error().what;
    return runs.value_or(std::vector<hook::Run>());
  }

  asio::io_context io_;
  test::FakeHttpClient http_;
  test::FakeClock clock_;
  std::map<std::string, json::value> there_{
      {"projects/team%2Fapp/pipelines", json::array{listed()}},
      {"projects/team%2Fapp/pipelines/31", whole()},
  };
  std::shared_ptr<Settings> settings_ = settings_with_token();
  GitLabApi api_{settings_, http_, clock_};
};

TEST_F(GitLabApiTest, APipelineIsTheSameAsInAHook) {
  const std::vector<hook::Run> runs = changed_since(1'471'015'000);
  ASSERT_EQ(runs.size(), 1U);
  const hook::Run& run = runs.front();
  EXPECT_EQ(run.id, "pipeline-31");
  EXPECT_EQ(run.occurrence, "1471015589");
  EXPECT_EQ(run.number, 12);
  EXPECT_EQ(run.state, (hook::State{Phase::ended, Results::failure}));
  EXPECT_EQ(run.project, "team/app");
  EXPECT_EQ(run.started, 1'471'015'496);
  EXPECT_EQ(run.repository, "https://gitlab.example.org/team/app.git");
  EXPECT_EQ(run.url, "https://gitlab.example.org/team/app/-/pipelines/31");
  EXPECT_EQ(run.branch, "main");
  EXPECT_EQ(run.owner, "ann");
  EXPECT_THAT(http_.requests.front().headers, testing::Contains(std::pair("PRIVATE-TOKEN", "glpat")));
  EXPECT_THAT(asked(), testing::ElementsAre(
                           "projects/team%2Fapp/pipelines?updated_after=2016-08-12T15%3A16%3A40Z&order_by="
                           "updated_at&sort=desc&per_page=100",
                           "projects/team%2Fapp/pipelines/31"));
}

TEST_F(GitLabApiTest, WarningsAreInTheDetails) {
  there_["projects/team%2Fapp/pipelines/31"] =
      whole({{"status", "success"},
             {"detailed_status", json::object{{"label", "x"}, {"group", "success-with-warnings"}}}});
  EXPECT_EQ(changed_since(1).at(0).state, (hook::State{Phase::ended, Results::warnings}));
}

TEST_F(GitLabApiTest, WhatHasNotChangedIsNotAskedForAgain) {
  EXPECT_EQ(changed_since(1).size(), 1U);
  asked();
  EXPECT_EQ(changed_since(1).size(), 1U);
  EXPECT_EQ(asked().size(), 1U);
  there_["projects/team%2Fapp/pipelines"] = json::array{listed({{"updated_at", "2016-08-12T16:00:00.001Z"}})};
  EXPECT_EQ(changed_since(1).size(), 1U);
  EXPECT_EQ(asked().size(), 2U);
}

TEST_F(GitLabApiTest, ChildPipelinesAreAskedForByThemselves) {
  settings_->children = true;
  changed_since(1);
  EXPECT_THAT(asked(), testing::Contains(testing::EndsWith("&source=parent_pipeline&per_page=100")));
}

TEST_F(GitLabApiTest, ProjectsAreNamedOrHeardOfOrInAGroup) {
  settings_->projects = {"team/sub/*", "ann/a*", "*/any"};
  there_["groups/team%2Fsub/projects"] =
      json::array{json::object{{"path_with_namespace", "team/sub/one"}},
                  json::object{{"path_with_namespace", "team/sub/../two"}}, 7};
  there_["users/ann/projects"] = json::array{json::object{{"path_with_namespace", "ann/app"}},
                                             json::object{{"path_with_namespace", "ann/bell"}}};
  changed_since(1, {"foreign/one", "heard/any"});
  std::set<std::string> places;
  for (const std::string& path : asked()) {
    if (path.starts_with("projects/")) places.insert(path.substr(9, path.find("/", 9) - 9));
  }
  EXPECT_THAT(places, testing::ElementsAre("ann%2Fapp", "heard%2Fany", "team%2Fsub%2Fone"));
}

TEST_F(GitLabApiTest, AProjectWithoutCiIsPassedOver) {
  settings_->projects = {"team/a-wiki", "team/app"};
  http_.answer(403, "{}");
  EXPECT_EQ(changed_since(1).size(), 1U);
  http_.answer(403, "{}");
  http_.answer(403, "{}");
  EXPECT_EQ(test::run(io_, api_.changed_since(1, {})).error().kind, Failure::Kind::rejected);
  http_.answer(502, "{}");
  EXPECT_EQ(test::run(io_, api_.changed_since(1, {})).error().kind, Failure::Kind::unreachable);
}

TEST_F(GitLabApiTest, ARunThatIsGoneIsNone) {
  EXPECT_EQ(test::run(io_, api_.run("team/app", "pipeline-32")).value(), std::nullopt);
  asked();
  for (const auto& [project, id] : {std::pair("team/../app", "pipeline-31"), std::pair("team/app", "job-31"),
                                    std::pair("team/app", "pipeline-31/../32")})
    EXPECT_EQ(test::run(io_, api_.run(project, id)).value(), std::nullopt) << id;
  EXPECT_THAT(asked(), testing::IsEmpty());
  EXPECT_TRUE(test::run(io_, api_.run("team/app", "pipeline-31")).value().has_value());
}

TEST_F(GitLabApiTest, WhatAnEndLacksIsAdded) {
  there_["projects/team%2Fapp/pipelines/31"] =
      whole({{"source", "merge_request_event"}, {"ref", "refs/merge-requests/7/merge"}});
  json::object request = merge_request(5);
  request.erase("url");
  request["web_url"] = "https://gitlab.example.org/team/app/-/merge_requests/7";
  there_["projects/team%2Fapp/merge_requests/7"] = request;
  const json::object commit{{"id", "bcbb5ec3"}, {"author_name", "Ann"}, {"author_email", "ann@example.org"}};
  there_["projects/team%2Fapp/pipelines/31/jobs"] =
      json::array{build("unit", 3, "test", "failed", {{"commit", commit}}),
                  build("lint", 2, "test", "success"), build("unit", 1, "test", "success")};
  there_["projects/team%2Fapp/pipelines/31/test_report"] =
      json::object{{"total_count", 2}, {"success_count", 1}, {"error_count", 1}};
  hook::Run run = changed_since(1).at(0);
  EXPECT_TRUE(run.from_fork);  // until the merge request says that it is not
  EXPECT_EQ(run.branch, "refs/merge-requests/7/head");
  ASSERT_TRUE(test::run(io_, api_.complete(run)).has_value());
  ASSERT_EQ(run.jobs.size(), 2U);  // the latest try of each
  EXPECT_EQ(run.jobs[0].id, "2");
  EXPECT_EQ(run.jobs[1].id, "3");
  EXPECT_TRUE(run.jobs[1].has_log);
  EXPECT_EQ(run.commit.mail, "ann@example.org");
  EXPECT_FALSE(run.from_fork);
  EXPECT_EQ(run.base_branch, "main");
  EXPECT_EQ(run.pull_request_url, "https://gitlab.example.org/team/app/-/merge_requests/7");
  ASSERT_TRUE(run.tests);
  EXPECT_EQ(run.tests->failed, 1);
  asked();
  hook::Run again = changed_since(1).at(0);
  asked();
  ASSERT_TRUE(test::run(io_, api_.complete(again)).has_value());
  EXPECT_EQ(again.jobs.size(), 2U);
  EXPECT_THAT(asked(), testing::IsEmpty());  // it is known
}

TEST_F(GitLabApiTest, AFailureWithoutAFailedJobIsOneOfATrigger) {
  hook::Run run = changed_since(1).at(0);
  run.jobs = {hook::Job{.id = "2", .name = "lint", .state = {Phase::ended, Results::success}}};
  there_["projects/team%2Fapp/pipelines/31/bridges"] =
      json::array{build("downstream", 4, "deploy", "failed", {{"failure_reason", "unmet_prerequisites"}})};
  ASSERT_TRUE(test::run(io_, api_.complete(run)).has_value());
  ASSERT_EQ(run.jobs.size(), 2U);
  EXPECT_EQ(run.jobs[1].name, "downstream");
  EXPECT_EQ(run.jobs[1].said, "failed: unmet prerequisites");
  EXPECT_FALSE(run.jobs[1].has_log);
  EXPECT_EQ(run.tests, std::nullopt);
}

TEST_F(GitLabApiTest, JobsAreBuildsWhereTheyAreWanted) {
  settings_->shape.builds = hook::Granularity::both;
  there_["projects/team%2Fapp/pipelines/31/jobs"] =
      json::array{build("unit", 3, "test", "success", {{"ref", "main"}}), build("unit", 1, "test", "failed"),
                  json::object{{"id", "broken"}}};
  const std::vector<hook::Run> runs = changed_since(1);
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].id, "job-1");
  EXPECT_EQ(runs[0].attempt, 1);
  EXPECT_EQ(runs[1].id, "job-3");
  EXPECT_EQ(runs[1].attempt, 2);
  EXPECT_EQ(runs[1].of_run, "pipeline-31");
  EXPECT_EQ(runs[1].branch, "main");
  EXPECT_EQ(runs[1].revision, "bcbb5ec3");
  EXPECT_EQ(runs[2].id, "pipeline-31");
  settings_->shape.builds = hook::Granularity::job;
  there_["projects/team%2Fapp/pipelines"] = json::array{listed({{"updated_at", "later"}})};
  EXPECT_EQ(changed_since(1).size(), 2U);
}

TEST_F(GitLabApiTest, AnAccountThatIsUsedUpIsLeftAlone) {
  http_.answer(200, "[]",
               {{"ratelimit-limit", "2000"},
                {"ratelimit-remaining", "199"},
                {"ratelimit-reset", std::to_string(clock_.now() / 1000 + 60)}});
  changed_since(1);
  const auto paused = test::run(io_, api_.changed_since(1, {}));
  ASSERT_FALSE(paused.has_value());
  EXPECT_EQ(paused.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(paused.error().retry_after, std::chrono::seconds(60));
  EXPECT_EQ(api_.quota_left(), 199);
}

TEST_F(GitLabApiTest, TheEndOfATrace) {
  http_.answer(200, "one\ntwo\n");
  EXPECT_EQ(test::run(io_, api_.log("team/app", "3", 4)), "two\n");
  EXPECT_THAT(asked(), testing::ElementsAre("projects/team%2Fapp/jobs/3/trace"));
  EXPECT_FALSE(test::run(io_, api_.log("team/app", "3/../4", 4)).has_value());
  EXPECT_FALSE(test::run(io_, api_.log("team", "3", 4)).has_value());
  EXPECT_THAT(asked(), testing::IsEmpty());
}

}  // namespace
}  // namespace carillon::source::gitlab
