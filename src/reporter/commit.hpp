// Where the commits of a build live. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"

namespace carillon::reporter {

// A repository on a forge: "group/sub/repo".
struct RepositoryPath {
  std::string owner;  // all but the last part; groups nest on GitLab ("group/sub")
  std::string name;   // the last part, without ".git"
  std::string full() const { return owner + "/" + name; }
};

// Out of https://[user@]host[:port]/owner/repo[.git], ssh://, git:// and git+ssh:// URLs, and
// git@host:owner/repo.git. nullopt when there is no owner or no name in it.
std::optional<RepositoryPath> parse_repository_url(std::string_view url);

// A project written "owner/repo"; nullopt when it is anything else.
std::optional<RepositoryPath> parse_project(std::string_view project);

// One sourcestamp of the build; missing things are empty.
struct Commit {
  std::string codebase;
  std::string branch;
  std::string revision;
  std::string project;
  std::string repository;
};

// The commits of the build's sourcestamps, in order.
std::vector<Commit> commits_of(const json::object& build);

// A revision that can be part of a URL: 4 to 64 hexadecimal digits.
bool is_commit_hash(std::string_view revision);

// N of "refs/pull/N/merge" and "refs/pull/N/head".
std::optional<std::int64_t> pull_request_of(std::string_view branch);

}  // namespace carillon::reporter
