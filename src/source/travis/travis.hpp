// sources.Travis: builds by Travis CI's webhook notifications.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::travis {

// sources.Travis(repos, public_key=None, api="https://api.travis-ci.com/", verify=True, and what all sources
// with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::travis
