// sources.Woodpecker: Woodpecker CI, which is asked: it calls no hooks.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::woodpecker {

// sources.Woodpecker(url, token, repos=None, every=30, verify=True, and what all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::woodpecker
