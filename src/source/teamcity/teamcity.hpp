// sources.TeamCity: TeamCity's own webhooks, and those of the plugin tcWebHooks.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::teamcity {

// sources.TeamCity(secret, token=None, url, every=300, verify=True, and what all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::teamcity
