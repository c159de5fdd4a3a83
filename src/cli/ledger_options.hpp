// The commands that read and change the ledger, as parts of the command line.
#pragma once

#include <functional>

#include "cli/place.hpp"

namespace CLI {
class App;
}

namespace carillon::cli {

inline constexpr const char* build_help =
    "BUILDER/NUMBER, BUILDER (its newest build), a build id, or the build's URL";

// Each adds its commands, and sets `chosen` to what runs the one that is given.
// status, sources, builders, builds, deliveries, explain, watch.
void add_reading(CLI::App& app, std::function<int()>& chosen);
void add_routes(CLI::App& app, std::function<int()>& chosen);
// resend, drop, pause, go, resume.
void add_changes(CLI::App& app, std::function<int()>& chosen);

}  // namespace carillon::cli
