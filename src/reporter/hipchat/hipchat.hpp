// HipChatStatusPush: every start and end of a build is a message to a HipChat user, room or both
// (doc/reporters/HipChatStatusPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::hipchat {

settings::Schema schema();

// Throws settings::ConfigError (no http URL, a map that is none).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::hipchat
