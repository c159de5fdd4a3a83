// Azure's builds and pipeline runs; hooks and API have builds alike. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::azure {

// Names of projects by their ids, as the API told them.
using ProjectNames = std::map<std::string, std::string, std::less<>>;

// A build of the REST API, or `resource` of a hook build.complete. Failure (rejected) of all: the path of
// what is missing. An unknown result is an exception, with a note.
Result<hook::Run> build_of(const json::object& build, std::vector<std::string>& notes);

// `resource` of a hook of a run, whose state is in `run`; project: its name, or "".
Result<hook::Run> run_of(const json::object& resource, const std::string& project,
                         std::vector<std::string>& notes);

// `resource` of a hook of a stage or a job of a run. member: "stage" or "job".
Result<hook::JobOfRun> part_of(const json::object& resource, const std::string& member,
                               const std::string& project, std::vector<std::string>& notes);

}  // namespace carillon::source::azure
