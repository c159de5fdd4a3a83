// How the pages say things: times, results, states. State is never colour alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "dashboard/html.hpp"
#include "model/delivery.hpp"
#include "model/results.hpp"

namespace carillon::dashboard {

// "2 h ago" in a <time> with the moment itself; now: of the page.
Html ago(Millis at, Millis now);
// "13:24:00" or, of another day, "2026-11-28 13:24:00", UTC, in a <time>.
Html moment(Millis at, Millis now);
// "next try in 4 s", and "due" of what might have been tried by now.
Html next_try(Millis at, Millis now);
// A text of one line, cut where it is long, with the whole as its title.
Html cut(std::string_view text);
// "4 m 12 s".
std::string duration(Millis length);
// RFC 3339 in UTC: "2026-11-28T13:24:00Z".
std::string iso(Millis at);

// A sign and a word, "✗ failure"; nullopt: it runs.
Html result(std::optional<Results> results);
// The sign alone, for strips; the word is its title.
std::string_view sign(std::optional<Results> results);
std::string_view word(std::optional<Results> results);
// "good", "bad", "wait" or "dim": the class of what tells of it.
std::string_view colour(std::optional<Results> results);
Html state(DeliveryState state);

// <option>s of a list to choose from, the first one "any".
Html options(const std::vector<std::string>& choices, std::string_view chosen);

}  // namespace carillon::dashboard
