// IRC: a bot that announces builds in channels and to people, and takes commands (doc/reporters/IRC.md).
#pragma once

#include <memory>

#include "chat/connected_reporter.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::irc {

settings::Schema schema();

// Throws settings::ConfigError. Without chat::Environment::world it words announcements and sends nothing.
std::unique_ptr<chat::ConnectedReporter> make(const settings::Arguments& args,
                                              const chat::Environment& environment);

}  // namespace carillon::reporter::irc
