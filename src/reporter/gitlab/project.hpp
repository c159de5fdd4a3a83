// Which project and which branch of a GitLab server a commit belongs to. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "reporter/common/commit_status.hpp"

namespace carillon::reporter::gitlab {

// "42", or a path such as "group/sub/repo" whose number the server must be asked for.
struct Project {
  std::string name;
  bool is_number = false;
};

// The path in the URL of the commit's repository. base_url: where a server below a path
// ("https://host/gitlab") has its projects. nullopt: there is none.
std::optional<Project> project_of(const Commit& commit, std::string_view base_url);

// The commit's branch without refs/heads/ or refs/tags/; may be empty.
std::string ref_of(const Commit& commit);

// Which of a build's commits the properties of a merge request are about: the only one; else the one that is
// in one of its repositories, or, where the properties name none, that is of one of its branches. nullopt:
// none, or it cannot be told.
std::optional<std::size_t> merge_request_of(const json::object& build,
                                            const std::vector<ReportedCommit>& commits);

// Of that commit: the property `source_project_id` (the merge request's own project, which may be a fork),
// else project_of(); the property `source_branch`, else ref_of().
std::optional<Project> merge_request_project(const json::object& build, const Commit& commit,
                                             std::string_view base_url);
std::string merge_request_ref(const json::object& build, const Commit& commit);

// Whether the answer of 400 refuses a change of state that the status had undergone already: a repeated
// "running", or an end that is there.
bool is_there_already(std::string_view body, std::string_view state);

}  // namespace carillon::reporter::gitlab
