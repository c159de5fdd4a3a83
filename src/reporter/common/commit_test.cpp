#include "reporter/common/commit.hpp"

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

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

TEST(Commit, WholeAndShortHashes) {
  EXPECT_TRUE(is_whole_hash("0123456789abcdef0123456789abcdef01234567"));
  EXPECT_TRUE(is_whole_hash(std::string(64, 'a')));
  for (const char* not_whole : {"", "89abcde", "0123456789abcdef0123456789abcdef0123456", "main"})
    EXPECT_FALSE(is_whole_hash(not_whole)) << not_whole;
  EXPECT_TRUE(is_short_hash("89abcde"));
  for (const char* no_hash : {"", "48213", "1893421", "89abcd", "release"})
    EXPECT_FALSE(is_short_hash(no_hash)) << no_hash;
}

TEST(Commit, RevisionsOfACodebase) {
  const auto got = [](const char* given, std::string_view codebase, bool only) {
    const json::value value = json::parse(given);
    return revision_in(&value, codebase, only);
  };
  EXPECT_EQ(got(R"("beef")", "lib", true), "beef");
  EXPECT_EQ(got(R"("beef")", "", false), "beef");
  EXPECT_EQ(got(R"("beef")", "lib", false), "") << "it is of the codebase without a name";
  EXPECT_EQ(got(R"({"app": "beef", "lib": "cafe"})", "lib", false), "cafe");
  EXPECT_EQ(got(R"({"app": "beef"})", "", true), "beef");
  EXPECT_EQ(got(R"({"app": "beef"})", "", false), "");
  EXPECT_EQ(got(R"({"app": "beef"})", "lib", true), "");
  for (const char* none : {"null", "7", "{}", R"({"": 7})", "[]"})
    EXPECT_EQ(got(none, "", true), "") << none;
  EXPECT_EQ(revision_in(nullptr, "", true), "");
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
