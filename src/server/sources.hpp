// The table of sources: one line per source in sources.cpp.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::server {

struct SourceKind {
  settings::Schema schema;
  // Throws settings::ConfigError.
  std::function<std::shared_ptr<source::Source>(const settings::Arguments&, const source::Environment&)> make;
};

// What the configuration may name under sources.*
std::vector<SourceKind> source_kinds();
std::vector<settings::Schema> source_schemas();

}  // namespace carillon::server
