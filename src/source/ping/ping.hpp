// sources.Ping: jobs that call an address when they begin and end, as cron does, and are missed when they do
// not.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::ping {

settings::Schema schema();

// Throws ConfigError.
std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::ping
