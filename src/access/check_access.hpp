// What is wrong with who may use the dashboard, before anybody tries.
#pragma once

#include <string>
#include <vector>

#include "settings/configuration.hpp"

namespace carillon::access {

// Reads the file of accounts. Throws settings::ConfigError with all that is wrong with it, one line each.
void check_access(const settings::Configuration& configuration);

// What works and yet is hardly meant so, a line each: nobody may see anything, passwords go in clear. For
// `carillon check`.
std::vector<std::string> unwise_access(const settings::Configuration& configuration);

}  // namespace carillon::access
