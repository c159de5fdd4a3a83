// A result by its word.
#pragma once

#include <optional>
#include <string_view>

#include "model/results.hpp"

namespace carillon {

// The inverse of name(Results); nullopt: no result is called so.
inline std::optional<Results> results_named(std::string_view word) {
  for (std::int64_t number = 0; const auto results = results_from(number); ++number) {
    if (name(*results) == word) return results;
  }
  return std::nullopt;
}

}  // namespace carillon
