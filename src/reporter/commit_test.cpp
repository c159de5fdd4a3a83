#include "reporter/commit.hpp"

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

std::string full(std::optional<RepositoryPath> path) {
  return path ? path->full() : "none";
}

TEST(Commit, RepositoryUrls) {
  for (const char* url : {"https://github.com/owner/repo", "https://github.com/owner/repo.git",
                          "https://tok@github.com/owner/repo/", "ssh://git@github.com:22/owner/repo.git",
                          "git@github.com:owner/repo.git", "git://github.com/owner/repo",
                          "git+ssh://git@github.com/owner/repo.git", "https://github.com/owner/repo?x=1#y"}) {
    EXPECT_EQ(full(parse_repository_url(url)), "owner/repo") << url;
  }
  EXPECT_EQ(full(parse_repository_url("https://gitlab.com/group/sub/repo.git")), "group/sub/repo");
  EXPECT_EQ(parse_repository_url("git@gitlab.com:group/sub/repo.git")->owner, "group/sub");
  for (const char* url : {"", "/srv/git/repo.git", "https://github.com", "https://github.com/repo",
                          "C:/git/repo", "https://h/../../etc/passwd", "https://h/a//b", "nonsense"}) {
    EXPECT_EQ(full(parse_repository_url(url)), "none") << url;
  }
}

TEST(Commit, Projects) {
  EXPECT_EQ(full(parse_project("owner/repo")), "owner/repo");
  EXPECT_EQ(full(parse_project("group/sub/repo")), "group/sub/repo");
  for (const char* project : {"", "repo", "/owner/repo", "https://h/owner/repo", "a b/c", "../x"})
    EXPECT_EQ(full(parse_project(project)), "none") << project;
}

TEST(Commit, CommitsOfABuild) {
  json::object build = test::sample_build(0);
  build.at("buildset")
      .at("sourcestamps")
      .as_array()
      .push_back(json::parse(R"({"revision": null, "codebase": "x"})"));
  build.at("buildset").at("sourcestamps").as_array().push_back(7);
  const auto commits = commits_of(build);
  ASSERT_EQ(commits.size(), 2U);
  EXPECT_EQ(commits[0].project, "example/project");
  EXPECT_EQ(commits[0].branch, "main");
  EXPECT_EQ(commits[1].codebase, "x");
  EXPECT_EQ(commits[1].revision, "");
  EXPECT_TRUE(commits_of(json::object()).empty());
}

TEST(Commit, Hashes) {
  EXPECT_TRUE(is_commit_hash("0123456789abcdef0123456789abcdef01234567"));
  EXPECT_TRUE(is_commit_hash("ABCD"));
  for (const char* wrong : {"", "abc", "main", "r1234", "abcd/..", "0123456789abcdef g"})
    EXPECT_FALSE(is_commit_hash(wrong)) << wrong;
}

TEST(Commit, PullRequests) {
  EXPECT_EQ(pull_request_of("refs/pull/12/merge"), 12);
  EXPECT_EQ(pull_request_of("refs/pull/12/head"), 12);
  for (const char* branch : {"", "main", "refs/pull/12", "refs/pull//merge", "refs/pull/x/merge",
                             "refs/pull/-1/merge", "refs/pull/1/merge/x", "refs/heads/refs/pull/1/merge"})
    EXPECT_FALSE(pull_request_of(branch)) << branch;
}

}  // namespace
}  // namespace carillon::reporter
