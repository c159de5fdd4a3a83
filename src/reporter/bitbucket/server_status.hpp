// BitbucketServerStatusPush: the build status of a commit on Bitbucket Server
// (doc/reporters/BitbucketServerStatusPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::bitbucket_server {

settings::Schema schema();

// Throws settings::ConfigError (not an http URL).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::bitbucket_server
