#include "model/results.hpp"

#include <array>

namespace carillon {

std::string_view name(Results results) {
  static constexpr std::array<std::string_view, 7> names = {"success",   "warnings", "failure",  "skipped",
                                                            "exception", "retry",    "cancelled"};
  return names.at(static_cast<std::size_t>(results));
}

std::optional<Results> results_from(std::int64_t number) {
  if (number < 0 || number > 6) return std::nullopt;
  return static_cast<Results>(number);
}

}  // namespace carillon
