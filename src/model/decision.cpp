#include "model/decision.hpp"

#include <algorithm>

namespace carillon {

std::string_view name(Decision::Outcome outcome) {
  switch (outcome) {
    case Decision::Outcome::report:
      return "report";
    case Decision::Outcome::summary:
      return "summary";
    case Decision::Outcome::ignore:
      return "ignore";
  }
  return "unknown";
}

bool is_late_start(const std::vector<ReporterDecision>& decisions) {
  return std::ranges::any_of(decisions, [](const auto& of) { return of.decision.reason == late_start; });
}

}  // namespace carillon
