// sources.Azure: Azure Pipelines, by service hooks.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::azure {

// sources.Azure(secret, token=None, url, projects=None, every=300, verify=True, and what all sources with
// hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::azure
