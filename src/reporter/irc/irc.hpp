// IRC: a bot that announces builds in channels and to people, and takes commands (doc/reporters/IRC.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::irc {

settings::Schema schema();

// Throws settings::ConfigError. Without Environment::world it words announcements and sends nothing.
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::irc
