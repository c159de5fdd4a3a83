// What a person may say of a pause: one rule for the command line, the pages and the API. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/moment.hpp"
#include "base/result.hpp"

namespace carillon::view {

// When something ends: "2h" from now, or a moment. Failure (rejected): it says neither. What is over already
// is for may_hold() to refuse.
Result<Millis> until_of(const std::string& text, Millis now, Zone zone = Zone::local);

// The same of any field, which failures name; "2h ago" is that moment.
Result<Millis> moment_of(std::string_view field, const std::string& text, Millis now,
                         Zone zone = Zone::local);

// Whether a reporter may be held up until then. Failure (rejected): no reason is given or it is none
// (rule/said_why.hpp), with the name of its field; it is over already, or it would last for more than two
// days.
Result<void> may_hold(Millis until, std::string_view why, Millis now, std::string_view field = "why");

}  // namespace carillon::view
