// Travis' builds as runs. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::travis {

// The payload of a notification; what its matrix lists are the jobs. Configurations in it are not read: they
// name webhooks. Failure (rejected): the path of what is missing. An unknown state is an exception, with a
// note.
Result<hook::Run> run_of(const json::object& payload, std::vector<std::string>& notes);

}  // namespace carillon::source::travis
