#include "model/decision.hpp"

namespace carillon {

std::string_view name(Decision::Outcome outcome) {
  switch (outcome) {
    case Decision::Outcome::report:
      return "report";
    case Decision::Outcome::summary:
      return "summary";
    case Decision::Outcome::ignore:
      return "ignore";
    case Decision::Outcome::silenced:
      return "silenced";
  }
  return "unknown";
}

std::vector<ReporterDecision> all_ignored(std::vector<ReporterDecision> decisions, std::string_view why) {
  for (ReporterDecision& of : decisions)
    of.decision = {Decision::Outcome::ignore, std::string(why)};
  return decisions;
}

}  // namespace carillon
