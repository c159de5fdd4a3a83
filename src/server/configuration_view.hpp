// The configuration for the people who run it, without secrets.
#pragma once

#include <string>
#include <vector>

#include "server/assembly.hpp"
#include "server/shown_json.hpp"
#include "settings/configuration.hpp"

namespace carillon::server {

// Members `file`, `settings` (by name), `sources` and `reporters` (`name`, `class`, `where`, `arguments`:
// those that are given) and `warnings`. logs: where long ones are (shown_spool()). assembly: of this
// configuration. The redactor knows its secrets already.
json::object configuration_json(const settings::Configuration& configuration, const std::string& logs,
                                const std::vector<ReporterKind>& kinds, const Assembly& assembly,
                                const Redact& redact);

}  // namespace carillon::server
