// BitbucketStatusPush: the build status of a commit on Bitbucket Cloud
// (doc/reporters/BitbucketStatusPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::bitbucket_cloud {

settings::Schema schema();

// Throws settings::ConfigError (an empty key or secret, not an http URL).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::bitbucket_cloud
