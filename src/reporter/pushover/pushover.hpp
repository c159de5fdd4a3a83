// PushoverNotifier: push notifications about builds by pushover.net
// (doc/reporters/PushoverNotifier.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::pushover {

settings::Schema schema();

// Throws settings::ConfigError (unknown keys, priorities out of range, an emergency without retry and
// expire).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::pushover
