// GitHub's objects as runs and jobs; hooks and API have them alike. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::github {

// `workflow_run`. repository, workflow: those beside it in a hook's body, or null: then what the run says of
// them. Failure (rejected): the path of what is missing. An unknown conclusion is an exception, with a note.
Result<hook::Run> run_of(const json::object& run, const json::object* repository,
                         const json::object* workflow, std::vector<std::string>& notes);

// `workflow_job`, as part of its run. repository: likewise.
Result<hook::JobOfRun> job_of(const json::object& job, const json::object* repository,
                              std::vector<std::string>& notes);

// `check_suite` of another app, and `check_run` as part of it; repository: beside it.
Result<hook::Run> suite_of(const json::object& suite, const json::object& repository,
                           std::vector<std::string>& notes);
Result<hook::JobOfRun> check_of(const json::object& check, const json::object& repository,
                                std::vector<std::string>& notes);

// The body of a `status` hook.
Result<hook::Run> status_of(const json::object& body, std::vector<std::string>& notes);

// "run-7.2".
std::string run_id(std::int64_t id, std::int64_t attempt);

}  // namespace carillon::source::github
