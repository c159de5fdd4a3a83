// sources.Generic: whatever posts JSON, by a mapping of its fields.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::generic {

settings::Schema schema();

// Throws ConfigError.
std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::generic
