// sources.GitLab: GitLab CI, of gitlab.com or of a server of one's own.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::gitlab {

// sources.GitLab(secret=None, signing=None, token=None, url, projects=None, children=True, every=300,
// verify=True, and what all sources with hooks have)
settings::Schema schema();

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::gitlab
