// Which event of a build is meant, of all that was heard of it.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "store/ledger.hpp"

namespace carillon::view {

// The build as it was when it began, as far as is known afterwards.
Event at_its_start(Event event);

// what: "new", "finished" or "buildset"; empty: its end, else its start, else what was last heard of its
// request. With its row; 0: a start that was not heard of, made out of the end. nullopt: nothing fits.
std::optional<std::pair<Event, RowId>> chosen_event(const std::vector<store::LedgerEvent>& events,
                                                    std::string_view what);

}  // namespace carillon::view
