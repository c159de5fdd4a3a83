// sources.CCTray: what a feed in the cc.xml form says of its projects.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::cctray {

settings::Schema schema();

// Throws ConfigError.
std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::cctray
