// How a build ended, in Buildbot's numbers and words.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon {

enum class Results : std::uint8_t {
  success = 0,
  warnings = 1,
  failure = 2,
  skipped = 3,
  exception = 4,
  retry = 5,
  cancelled = 6,
};

// "success", "warnings", ...: Buildbot's own words (its `Results` list).
std::string_view name(Results results);

// 0..6; nullopt for any other number.
std::optional<Results> results_from(std::int64_t number);

}  // namespace carillon
