// Gitea's and Forgejo's objects as runs and jobs; hooks and API have them alike. Pure.
//
// ci: what the properties begin with. Failure (rejected) of all: the path of what is missing. An unknown
// result is an exception, with a note.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::gitea {

// Gitea's `workflow_run`. repository, workflow: those beside it in a hook's body, or null. Older versions
// count no attempts: what is run again there ends again under its id, at another moment.
Result<hook::Run> run_of(const json::object& run, const json::object* repository,
                         const json::object* workflow, std::string_view ci, std::vector<std::string>& notes);

// Gitea's `workflow_job`, as part of its run.
Result<hook::JobOfRun> job_of(const json::object& job, const json::object* repository, std::string_view ci,
                              std::vector<std::string>& notes);

// The body of Gitea's `status` hook.
Result<hook::Run> status_of(const json::object& body, std::vector<std::string>& notes);

// Forgejo's `run`, which counts no attempts either. project: whose run it is, where it does not say so.
Result<hook::Run> forgejo_run_of(const json::object& run, const std::string& project, std::string_view ci,
                                 std::vector<std::string>& notes);

// Whether an object out of the API is Forgejo's.
bool is_forgejo_run(const json::object& run);

}  // namespace carillon::source::gitea
