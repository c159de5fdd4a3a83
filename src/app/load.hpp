// Reads a configuration for a command that runs no server.
#pragma once

#include <string>
#include <vector>

#include "app/reporters.hpp"
#include "script/script.hpp"
#include "settings/configuration.hpp"

namespace carillon::app {

script::Options script_options(const std::vector<ReporterKind>& kinds);

// Starts Python, reads the file. Throws settings::ConfigError. The objects in the configuration stay valid
// for the rest of the process.
settings::Configuration load_configuration(const std::string& file);

}  // namespace carillon::app
