// sources.AppVeyor: AppVeyor's webhook notifications.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::appveyor {

// sources.AppVeyor(secret, url="https://ci.appveyor.com/", and what all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::appveyor
