// carillon nodes: who stands by and who serves, of several nodes with one database.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace carillon::cli {

// Adds `nodes`, `nodes drain NAME` and `nodes undrain NAME`; when one is given, `chosen` becomes what it
// does. It throws settings::ConfigError or store::Error.
void add_nodes(CLI::App& app, std::function<int()>& chosen);

}  // namespace carillon::cli
