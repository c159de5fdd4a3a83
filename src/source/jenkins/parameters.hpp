// The parameters of Jenkins' jobs. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "source/hook/starter.hpp"

namespace carillon::source::jenkins {

// What parameters_of() reads of a job.
inline constexpr std::string_view parameter_fields =
    "property[parameterDefinitions[name,type,description,choices,defaultParameterValue[value]]]";

// Those that can be set in a chat: no passwords, which everybody would see, and no files.
hook::Form parameters_of(const json::object& job);

// Whether the job has any at all: it is started otherwise then.
bool has_parameters(const json::object& job);

// "a=1&b=2", as buildWithParameters takes it.
std::string form_text(const hook::Order& order);

// The number of the item in the queue that is meant by its address, with whatever stands before it:
// ".../queue/item/7/". "": it is none.
std::string queue_item_of(std::string_view address);

}  // namespace carillon::source::jenkins
