// What is wrong with a configuration that can be read all the same: one list for `carillon run`, a reload and
// `carillon check`.
#pragma once

#include <optional>
#include <string>

#include "server/assembly.hpp"

namespace carillon::server {

// Adds them to the configuration's warnings: nobody to tell, no builds to hear of.
void add_concerns(settings::Configuration& configuration, const Assembly& assembly);

// Ends of builds that none of the reporters tells of, whatever its filters; nullopt: somebody is told of each
// one that went wrong, or there is no reporter. For `carillon check` only: it may be meant so.
std::optional<std::string> untold_ends(const pipeline::Roster& roster);

}  // namespace carillon::server
