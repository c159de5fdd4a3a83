// sources.Gitea and sources.Forgejo: their Actions, and what other CIs tell Gitea.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::gitea {

// sources.Gitea(secret, token=None, url, repos=None, events=("runs",), every=300, verify=True, and what all
// sources with hooks have)
settings::Schema schema();
// The same as sources.Forgejo.
settings::Schema forgejo_schema();

// Of either.
std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::gitea
