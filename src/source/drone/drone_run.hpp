// Drone's builds as runs. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::drone {

// The body of a hook about a build; its stages are the jobs. Failure (rejected): the path of what is missing.
// An unknown status is an exception, with a note.
Result<hook::Run> run_of(const json::object& body, std::vector<std::string>& notes);

}  // namespace carillon::source::drone
