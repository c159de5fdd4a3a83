// The commits of a build. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hpp"
#include "reporter/common/repository.hpp"

namespace carillon::reporter {

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

// What a property such as `got_revision` says of a codebase: it is a text, which is of the only commit or of
// the codebase "", or a dictionary by codebase, of which a single entry is of the only commit, too, where
// that has no codebase. "" for none. only: the build has one commit.
std::string revision_in(const json::value* given, std::string_view codebase, bool only);

// A revision that can be part of a URL: 4 to 64 hexadecimal digits.
bool is_commit_hash(std::string_view revision);

// Of those, one of 40 or 64 digits.
bool is_whole_hash(std::string_view revision);

// Of those, one of at least 7 digits, a letter among them: a number alone is rather Subversion's ("48213").
bool is_short_hash(std::string_view revision);

// N of "refs/pull/N/merge" and "refs/pull/N/head".
std::optional<std::int64_t> pull_request_of(std::string_view branch);

}  // namespace carillon::reporter
