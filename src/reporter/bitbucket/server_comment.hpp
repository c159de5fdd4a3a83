// BitbucketServerPRCommentPush: comments on pull requests of a Bitbucket Server
// (doc/reporters/BitbucketServerPRCommentPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::bitbucket_server_comment {

settings::Schema schema();

// Throws settings::ConfigError (not an http URL).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::bitbucket_server_comment
