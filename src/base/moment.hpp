// Points in time as people write them. Pure but for the time zone of the machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace carillon {

// Of times that say none: that of the machine for a command line, UTC for pages and the API, which show UTC.
enum class Zone { local, utc };

// "2026-11-20T10:00:00Z", "2026-11-20T10:00:00.250+01:00" (RFC 3339); "2026-11-20 10:00", "2026-11-20" (in
// the zone); or how long ago: "90s", "2h", "1h 30m", "3 days", "2 weeks ago". nullopt: none of these, or no
// such day or time.
std::optional<Millis> parse_moment(std::string_view text, Millis now, Zone zone = Zone::local);

// The same of a field. Failure (rejected): "since: 'noon' is not a time: write ...".
Result<Millis> moment_in(std::string_view field, std::string_view text, Millis now, Zone zone = Zone::local);

// "2026-11-28 16:00 UTC".
std::string minute_text(Millis at);

}  // namespace carillon
