// sources.Bitbucket: Bitbucket Cloud's Pipelines, and whatever sets commit statuses there.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::bitbucket {

// sources.Bitbucket(secret, repos=None, and what all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::bitbucket
