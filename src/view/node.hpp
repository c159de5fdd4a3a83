// A node of several, as people and programs see it.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "store/cluster.hpp"

namespace carillon::view {

// "serves", "standby", "drained"; "silent": it has had no beat for the time of its lease; "gone": and another
// one took over from it.
std::string_view state_of(const store::Node& node);

json::object to_json(const store::Node& node);
// And back.
store::Node node_of(const json::object& told);

}  // namespace carillon::view
