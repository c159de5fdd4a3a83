// sources.Concourse: Concourse, which is asked: it calls no hooks.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::concourse {

// sources.Concourse(url, token=None, user=None, password=None, teams=None, every=30, verify=True, and what
// all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::concourse
