// A rule as people read it: what the dashboard and `carillon routes` say of a reporter.
#pragma once

#include <string>
#include <vector>

#include "rule/rule.hpp"

namespace carillon::rule {

// A line each: which builds, what of them, when they are compared. Never empty.
std::vector<std::string> in_words(const Rule& rule);

}  // namespace carillon::rule
