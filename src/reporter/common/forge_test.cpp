#include "reporter/common/forge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::reporter {
namespace {

using testing::ElementsAre;
using testing::Not;

const Forge github{ForgeKind::github, "https://api.github.com"};
const Forge enterprise{ForgeKind::github, "https://ghe.crew.net/api/v3"};
const Forge gitlab{ForgeKind::gitlab, "https://gitlab.crew.net"};
const Forge cloud{ForgeKind::bitbucket_cloud, "https://api.bitbucket.org/2.0/repositories"};
const Forge server{ForgeKind::bitbucket_server, "https://stash.crew.net:8443"};

std::vector<std::string> reasons(const Forge& forge, const std::vector<std::string>& repositories,
                                 const std::string& project = "") {
  std::vector<Commit> commits;
  for (const std::string& repository : repositories) {
    Commit commit;
    commit.repository = repository;
    commit.project = project;
    commits.push_back(commit);
  }
  return elsewhere(forge, commits);
}

TEST(Forge, ItsOwnHostByAllItsNames) {
  for (const char* own :
       {"https://github.com/o/r", "git@github.com:o/r.git", "ssh://git@ssh.github.com:443/o/r.git",
        "https://www.GitHub.com/o/r", "https://api.github.com/repos/o/r", "github-work:o/r"})
    EXPECT_THAT(reasons(github, {own}), ElementsAre("")) << own;
  EXPECT_THAT(reasons(enterprise, {"git@ghe.crew.net:o/r.git"}), ElementsAre(""));
  EXPECT_THAT(reasons(gitlab, {"ssh://git@gitlab.crew.net:2222/o/r.git"}), ElementsAre(""));
  EXPECT_THAT(reasons(gitlab, {"git@git.crew.net:o/r.git"}), ElementsAre("")) << "another name of it";
  EXPECT_THAT(reasons(cloud, {"git@bitbucket.org:o/r.git"}), ElementsAre(""));
  EXPECT_THAT(reasons(server, {"https://stash.crew.net/scm/o/r.git"}), ElementsAre(""));
}

TEST(Forge, OtherHosts) {
  EXPECT_THAT(reasons(github, {"https://gitlab.com/o/r"}),
              ElementsAre("its repository is on gitlab.com, not on github.com"));
  EXPECT_THAT(reasons(gitlab, {"svn://gitlab.crew.net/o/r"}), Not(ElementsAre(""))) << "Subversion";
  for (const char* other :
       {"https://ghe.crew.net/o/r", "https://github.crew.net/o/r", "https://code.net/o/r"})
    EXPECT_THAT(reasons(github, {other}), Not(ElementsAre(""))) << other;
  for (const char* other : {"https://github.com/o/r", "https://gitlab.com/o/r", "https://github.crew.net/o/r",
                            "https://gitlab.other.net/o/r", "git@svn.crew.net:o/r"})
    EXPECT_THAT(reasons(gitlab, {other}), Not(ElementsAre(""))) << other;
  EXPECT_THAT(reasons(server, {"https://bitbucket.org/o/r"}), Not(ElementsAre("")));
  EXPECT_THAT(reasons(cloud, {"https://bitbucket.crew.net/o/r"}), Not(ElementsAre("")));
}

TEST(Forge, WhereNamesTellNothingTheBestOnesStay) {
  const Forge local{ForgeKind::github, "http://127.0.0.1:8080"};
  EXPECT_THAT(reasons(local, {"https://github.com/o/r", "https://gitlab.crew.net/o/lib"}),
              ElementsAre("", "its repository is on gitlab.crew.net, not on 127.0.0.1"));
  EXPECT_THAT(reasons(local, {"https://code.net/o/r", "https://gitlab.crew.net/o/lib"}),
              ElementsAre("", Not("")));
  EXPECT_THAT(reasons(local, {"https://gitlab.crew.net/o/lib"}), ElementsAre(""));
  EXPECT_THAT(reasons(local, {"svn+ssh://code.net/trunk"}), ElementsAre(Not("")));
  EXPECT_THAT(reasons(gitlab, {"https://gitlab.crew.net/o/r", "https://git.crew.net/o/lib"}),
              ElementsAre("", Not("")));
}

TEST(Forge, ACommitWithoutAnAddressIsNotJudged) {
  EXPECT_THAT(reasons(github, {"", "/srv/git/r.git", "https://github.com/o/r"}), ElementsAre("", "", ""));
  EXPECT_THAT(elsewhere(github, {}), ElementsAre());
}

TEST(Forge, AProjectOnGitHubMayBeFetchedFromAMirror) {
  EXPECT_THAT(reasons(github, {"https://mirror.net/r.git"}, "o/r"), ElementsAre(""));
  EXPECT_THAT(reasons(github, {"https://gitlab.com/o/r"}, "o/r"), ElementsAre(Not("")));
  EXPECT_THAT(reasons(gitlab, {"https://mirror.net/r.git"}, "o/r"), ElementsAre(Not("")));
}

}  // namespace
}  // namespace carillon::reporter
