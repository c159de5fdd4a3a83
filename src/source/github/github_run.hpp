// What GitHub says of other CIs, as runs and jobs (of its own: source/hook/actions.hpp). Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::github {

// `check_suite` of another app, and `check_run` as part of it; repository: beside it. Failure (rejected): the
// path of what is missing. An unknown conclusion is an exception, with a note.
Result<hook::Run> suite_of(const json::object& suite, const json::object& repository,
                           std::vector<std::string>& notes);
Result<hook::JobOfRun> check_of(const json::object& check, const json::object& repository,
                                std::vector<std::string>& notes);

}  // namespace carillon::source::github
