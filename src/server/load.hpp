// Reads a configuration for a command that runs no server.
#pragma once

#include <string>
#include <vector>

#include "script/script.hpp"
#include "server/reporters.hpp"
#include "settings/configuration.hpp"

namespace carillon::server {

script::Options script_options(const std::vector<ReporterKind>& kinds);

// Starts Python, reads the file. Throws settings::ConfigError. The objects in the configuration stay valid
// for the rest of the process.
settings::Configuration load_configuration(const std::string& file);

}  // namespace carillon::server
