// sources.CDEvents: whatever sends CDEvents as CloudEvents, and Tekton's own events.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::cdevents {

// sources.CDEvents(token=None, hmac=None, tests=True, origins=None, and what all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::cdevents
