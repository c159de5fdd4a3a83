// GitHub: a status for each commit (doc/reporters/GitHubStatusPush.md), a comment on the pull request
// (doc/reporters/GitHubCommentPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::github {

settings::Schema status_schema();
settings::Schema comment_schema();

// Throw settings::ConfigError (baseURL is no http URL, an empty token).
std::unique_ptr<Reporter> make_status(const settings::Arguments& args, const Environment& environment);
std::unique_ptr<Reporter> make_comment(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::github
