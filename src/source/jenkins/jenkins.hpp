// sources.Jenkins: builds of a Jenkins, by polling, by hooks of its plugins, or both.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::jenkins {

settings::Schema schema();

// Throws ConfigError.
std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::jenkins
