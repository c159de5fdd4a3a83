// GerritVerifyStatusPush: the verify-status plugin's REST API (doc/reporters/GerritVerifyStatusPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::gerrit_verify {

settings::Schema schema();

// Throws settings::ConfigError: not an http URL, auth that is neither a pair nor a requests.auth object.
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::gerrit_verify
