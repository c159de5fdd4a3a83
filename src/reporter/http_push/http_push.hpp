// HttpStatusPush: every start and end of a build is posted as JSON to one URL
// (doc/reporters/HttpStatusPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::http_push {

settings::Schema schema();

// Throws settings::ConfigError (both user and auth, not an http URL, auth that is no pair, sign that is no
// key).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::http_push
