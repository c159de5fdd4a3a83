// SlackStatusPush: messages about builds to a Slack incoming webhook
// (doc/reporters/SlackStatusPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::slack {

settings::Schema schema();

// Throws settings::ConfigError (no http URL).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::slack
