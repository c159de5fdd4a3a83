// ZulipStatusPush: every start and end of a build goes to Zulip's Buildbot integration
// (doc/reporters/ZulipStatusPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::zulip {

settings::Schema schema();

// Throws settings::ConfigError (an endpoint that is no host).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::zulip
