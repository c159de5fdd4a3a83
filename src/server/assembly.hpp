// Reporters and sources out of a configuration.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "pipeline/roster.hpp"
#include "server/reporters.hpp"
#include "server/sources.hpp"
#include "settings/configuration.hpp"

namespace carillon::server {

struct SourceEntry {
  std::shared_ptr<source::Source> source;
  // equal: a reload keeps the running one.
  std::string fingerprint;
  // By which it knows those who post to it.
  std::vector<Secret> tokens;
};

struct Assembly {
  // Not shared yet.
  std::shared_ptr<pipeline::Roster> roster;
  std::vector<SourceEntry> sources;
};

// All that the redactor has to know of a configuration that nothing is made of: its secrets, and those of the
// arguments as far as they are understood.
void learn_secrets(const settings::Configuration& configuration, const std::vector<ReporterKind>& kinds,
                   Redactor& redactor);

// The redactor learns every secret of the arguments first, so that no later text can show one that was
// written into the file as it is. Throws settings::ConfigError, with all that is wrong, one line each.
Assembly assemble(const settings::Configuration& configuration, const std::vector<ReporterKind>& kinds,
                  const chat::Environment& environment, const source::Environment& of_sources,
                  Redactor& redactor);

}  // namespace carillon::server
