// Concourse's objects as runs. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::concourse {

// A build of a job. url: of the pages, ends in '/'. Failure (rejected): the path of what is missing; what
// belongs to no job, too. An unknown status is an exception, with a note.
Result<hook::Run> run_of(const json::object& build, const std::string& url, std::vector<std::string>& notes);

}  // namespace carillon::source::concourse
