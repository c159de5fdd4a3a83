// sources.CircleCI: workflows and jobs, by CircleCI's outbound webhooks and its API.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::circleci {

// sources.CircleCI(secret, token=None, projects=None, url="https://circleci.com/", every=300, verify=True,
// and what all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::circleci
