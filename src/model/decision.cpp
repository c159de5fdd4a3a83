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
  }
  return "unknown";
}

}  // namespace carillon
