#include "reporter/common/repository.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace carillon::reporter {
namespace {

std::string place_in(std::string_view address) {
  const auto path = parse_repository_url(address);
  return path ? path->full() : "none";
}

std::string host_in(std::string_view address) {
  const auto url = split_repository_url(address);
  return url ? url->scheme + " " + url->host : "none";
}

TEST(Repository, AddressesOfAllForges) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      // GitHub
      {"https://github.com/owner/repo", "owner/repo"},
      {"https://github.com/owner/repo.git", "owner/repo"},
      {"https://tok:x@github.com/owner/repo/", "owner/repo"},
      {"https://github.com/owner/repo.git/", "owner/repo"},
      {"https://github.com/owner/repo?x=1#y", "owner/repo"},
      {" https://github.com/owner/repo\n", "owner/repo"},
      {"git@github.com:owner/repo.git", "owner/repo"},
      {"git@github.com:/owner/repo.git", "owner/repo"},
      {"github-work:owner/repo", "owner/repo"},
      {"git://github.com/owner/repo", "owner/repo"},
      {"git+ssh://git@github.com/owner/repo.git", "owner/repo"},
      {"ssh://git@github.com/owner/repo.git", "owner/repo"},
      {"ssh://git@github.com:owner/repo.git", "owner/repo"},
      {"ssh://git@ssh.github.com:443/owner/repo.git", "owner/repo"},
      {"https://api.github.com/repos/owner/repo", "owner/repo"},
      {"https://ghe.example.org/api/v3/repos/owner/repo", "owner/repo"},
      {"git@host:owner/repo@2.git", "owner/repo@2"},
      // GitLab
      {"https://gitlab.com/group/sub/repo.git", "group/sub/repo"},
      {"https://gitlab.example.org:8443/group/repo/", "group/repo"},
      {"git@gitlab.com:group/sub/repo.git", "group/sub/repo"},
      {"ssh://git@gitlab.com:group/sub/repo.git", "group/sub/repo"},
      {"ssh://git@gitlab.example.org:2222/group/sub/repo.git", "group/sub/repo"},
      {"git@gitlab.example.org:2222/group/repo", "group/repo"},
      {"git@gitlab.example.org:2222/repo", "2222/repo"},
      {"https://gitlab.com/api/v4/projects/group%2Fsub%2Frepo", "group/sub/repo"},
      {"https://gitlab.com/group/repo/-/tree/main", "group/repo"},
      {"ssh://git@[2001:db8::1]:2222/group/repo.git", "group/repo"},
      {"git@[2001:db8::1]:group/repo.git", "group/repo"},
      // Bitbucket
      {"https://bitbucket.org/owner/repo", "owner/repo"},
      {"https://api.bitbucket.org/2.0/repositories/owner/repo", "owner/repo"},
      {"https://bitbucket.org/%7B11-22%7D/repo", "{11-22}/repo"},
      {"https://bitbucket.org/%257B11-22%257D/repo", "%7B11-22%7D/repo"},
      {"ssh://git@stash.example.org:7999/~user/r.git", "~user/r"},
      {"ssh://git@stash.example.org:7999/prj/r.git", "prj/r"},
      {"https://stash.example.org/scm/prj/r.git", "scm/prj/r"},
  };
  for (const auto& [address, expected] : cases)
    EXPECT_EQ(place_in(address), expected) << address;
}

TEST(Repository, WhatIsNone) {
  for (const char* address :
       {"", "/srv/git/repo.git", "file:///srv/git/a/repo.git", "https://github.com",
        "https://github.com/repo", "C:/git/repo", "C:\\git\\repo", "https://h/../../etc/passwd",
        "https://h/a/%2e%2e/b", "https://h/a%2f..%2fb/c", "https://h/a//b", "https://h/a/b%00",
        "https://h/a/b%0a", "https://h/a/%ff", "nonsense", "://h/a/b", "https:///a/b", "a b:c/d",
        "https://gitlab.com/api/v4/projects/42"}) {
    EXPECT_EQ(place_in(address), "none") << address;
  }
}

TEST(Repository, Hosts) {
  EXPECT_EQ(host_in("https://u:p@GitHub.com:443/owner/repo"), "https github.com");
  EXPECT_EQ(host_in("HTTPS://github.com/repo"), "https github.com");
  EXPECT_EQ(host_in("git@github.com:owner/repo.git"), "ssh github.com");
  EXPECT_EQ(host_in("ssh://git@github.com:owner/repo.git"), "ssh github.com");
  EXPECT_EQ(host_in("svn+ssh://svn.example.org/trunk"), "svn+ssh svn.example.org");
  EXPECT_EQ(host_in("git@gitlab.example.org:2222/group/repo"), "ssh gitlab.example.org");
  EXPECT_EQ(host_in("ssh://git@[2001:DB8::1]:2222/group/repo.git"), "ssh [2001:db8::1]");
  EXPECT_EQ(host_in("/srv/git"), "none");
  EXPECT_EQ(host_in("file:///srv/git"), "none");
}

TEST(Repository, Projects) {
  const auto project = [](std::string_view text) {
    const auto path = parse_project(text);
    return path ? path->full() : "none";
  };
  EXPECT_EQ(project("owner/repo"), "owner/repo");
  EXPECT_EQ(project("owner/repo/"), "owner/repo");
  EXPECT_EQ(project("group/sub/repo"), "group/sub/repo");
  for (const char* text :
       {"", "repo", "/owner/repo", "https://h/owner/repo", "a b/c", "../x", "a/\x01", "a//b"})
    EXPECT_EQ(project(text), "none") << text;
}

}  // namespace
}  // namespace carillon::reporter
