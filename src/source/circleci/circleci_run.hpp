// CircleCI's objects as runs and jobs; hooks and API have them alike. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::circleci {

// A workflow of a pipeline of a project; web: of CircleCI's pages, ends in '/'. A workflow that is run again
// is another one of the same pipeline: they are tries of one build, in the order they were created. Failure
// (rejected): the path of what is missing, from the objects' names on. An unknown status is an exception,
// with a note.
Result<hook::Run> run_of(const json::object& workflow, const json::object& pipeline, const std::string& slug,
                         const std::string& web, std::vector<std::string>& notes);

// A job of that workflow.
Result<hook::Job> job_of(const json::object& job, const hook::Run& run, std::vector<std::string>& notes);
// The same as a build of its own; of: as run_of() has it.
hook::Run alone_of(const hook::Job& job, hook::Run of);

// "workflow-fda08377-...".
std::string run_id(std::string_view workflow);
// The inverse; empty: it is none, and nothing that may be part of an address.
std::string workflow_of(std::string_view run_id);

}  // namespace carillon::source::circleci
