// Moments as CIs write them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace carillon::source::hook {

// Seconds since the epoch: ISO 8601 ("2021-08-05T10:34:58Z", "20260504T100731+0000", with a fraction, which
// is cut, or without seconds' zone as in "2016-08-12 15:23:28 UTC" and "2021-04-28 21:50:00 +0200"). nullopt:
// anything else, a moment without a zone, and what stands for none: the years before 1971.
std::optional<std::int64_t> moment_of(std::string_view text);

// The member at the path: a text as above, or a number of seconds or, above the year 5000, of milliseconds. 0
// is none.
std::optional<std::int64_t> moment_at(const json::object& object, std::string_view path);

// As JSON; null where there is none.
json::value moment_or_null(std::optional<std::int64_t> moment);

// "2021-08-05T10:34:58Z", of seconds since the epoch.
std::string iso_of(std::int64_t seconds);

}  // namespace carillon::source::hook
