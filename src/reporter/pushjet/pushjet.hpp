// PushjetNotifier: push notifications about builds by a Pushjet server
// (doc/reporters/PushjetNotifier.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::pushjet {

settings::Schema schema();

// Throws settings::ConfigError (unknown modes, levels out of range, no http URL).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::pushjet
