// sources.GitHub: GitHub Actions, and what other CIs tell GitHub.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::github {

// sources.GitHub(secret, token=None, repos=None, url="https://github.com/", api=None, events=("runs",),
// every=300, verify=True, and what all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::github
