// The objects of GitHub Actions, which Gitea has alike, as runs and jobs; hooks and API have them alike.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::hook::actions {

// `workflow_run`. repository, workflow: those beside it in a hook's body, or null: then what the run says of
// them. ci: what its properties begin with ("github"). Failure (rejected): the path of what is missing. An
// unknown conclusion is an exception, with a note.
Result<Run> run_of(const json::object& run, const json::object* repository, const json::object* workflow,
                   std::string_view ci, std::vector<std::string>& notes);

// `workflow_job`, as part of its run. repository, ci: likewise.
Result<JobOfRun> job_of(const json::object& job, const json::object* repository, std::string_view ci,
                        std::vector<std::string>& notes);

// The body of a `status` hook.
Result<Run> status_of(const json::object& body, std::vector<std::string>& notes);

// "run-7.2".
std::string run_id(std::int64_t id, std::int64_t attempt);

// What `status` and `conclusion` say together. path: for the note.
State state_of_both(const json::object& object, std::string_view path, std::vector<std::string>& notes);

// The pull request of the repository of that number among those that the object lists, or null.
const json::object* own_pull_request(const json::object& object, std::optional<std::int64_t> repository);

// Where its code is from, out of head_branch, head_repository and the object's pull requests.
void read_branch(Run& run, const json::object& object, const json::object& repository,
                 const std::string& head_branch, const std::string& head_repository, bool is_pull_request);
void read_repository(Run& run, const json::object& repository);
void read_commit(Run& run, const json::object& commit);

// "ci", of ".github/workflows/ci.yml@refs/heads/main".
std::string file_name(std::string_view path);

}  // namespace carillon::source::hook::actions
