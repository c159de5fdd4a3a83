// Which project and which branch of a GitLab server a commit belongs to. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "reporter/commit.hpp"

namespace carillon::reporter::gitlab {

// "42", or a path such as "group/sub/repo" whose number the server must be asked for.
struct Project {
  std::string name;
  bool is_number = false;
};

// The build's property `source_project_id` (a merge request's own project, which may be a fork), else the
// path in the URL of the commit's repository. base_url: where a server below a path ("https://host/gitlab")
// has its projects. nullopt: neither is there.
std::optional<Project> project_of(const json::object& build, const Commit& commit, std::string_view base_url);

// The property `source_branch`, else the commit's branch; without refs/heads/ or refs/tags/; may be empty.
std::string ref_of(const json::object& build, const Commit& commit);

// Whether the answer of 400 refuses a change of state that the status had undergone already: a repeated
// "running", or an end that is there.
bool is_there_already(std::string_view body, std::string_view state);

}  // namespace carillon::reporter::gitlab
