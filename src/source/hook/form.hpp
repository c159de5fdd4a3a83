// What a CI asks for before a pipeline starts, as a force scheduler of Buildbot's data API. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/starter.hpp"

namespace carillon::source::hook {

// The force scheduler of that name. form: of one builder; null: without `all_fields`, which depend on the
// builder. It asks for a reason first; then for a branch, where the CI has such; then for the fields. Fields
// are called as the CI calls them, and "inputs.NAME" where that name is taken. Not asked for are text fields
// that the CI calls "reason" and "requested_by": they are filled with why and by whom.
json::object scheduler_of(const std::string& name, const std::vector<std::string>& builders,
                          const Form* form);

// A force scheduler that can start nothing, and why: no builders, not enabled.
json::object refusing_scheduler(const std::string& name, const std::string& why);

// What was said, for the form. params: of the call "force". Failure (rejected): all that is wrong, by name:
// "level: must be one of: 1, 2; host: required".
Result<Order> order_of(const Form& form, const json::object& params);

}  // namespace carillon::source::hook
