// GitLabStatusPush: the state of a commit in a GitLab project (doc/reporters/GitLabStatusPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::gitlab {

settings::Schema schema();

// Throws settings::ConfigError (an empty token, not an http URL).
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter::gitlab
