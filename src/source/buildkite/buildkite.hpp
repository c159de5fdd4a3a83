// sources.Buildkite: builds and jobs, by Buildkite's webhooks and its REST API.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::buildkite {

// sources.Buildkite(secret, token=None, organization=None, pipelines=None, keep=None,
// api="https://api.buildkite.com/", every=300, verify=True, and what all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::buildkite
