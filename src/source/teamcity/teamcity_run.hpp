// TeamCity's builds as runs; hooks and API have them alike. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::teamcity {

// A build of its REST API. Any field may be missing but `id`, or `buildTypeId` and `number`. Failure
// (rejected): the path of what is missing. An unknown status is an exception, with a note.
Result<hook::Run> run_of(const json::object& build, std::vector<std::string>& notes);

// The object `build` of the plugin tcWebHooks; all its values are texts.
Result<hook::Run> plugin_run_of(const json::object& build, std::vector<std::string>& notes);

// The fields that run_of() reads, as the API wants them named.
std::string_view fields();

}  // namespace carillon::source::teamcity
