// The table of reporters: one line per reporter in reporters.cpp.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "chat/connected_reporter.hpp"
#include "reporter/reporter.hpp"
#include "rule/rule.hpp"
#include "settings/arguments.hpp"

namespace carillon::server {

struct ReporterKind {
  settings::Schema schema;
  // Throws settings::ConfigError.
  std::function<rule::Rule(const settings::Arguments&)> rule;
  std::function<std::unique_ptr<reporter::Reporter>(const settings::Arguments&, const chat::Environment&)>
      make;
};

std::vector<ReporterKind> reporter_kinds();

}  // namespace carillon::server
