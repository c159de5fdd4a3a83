// What a reporter gets to word: the event, with all that it wants to know.
#pragma once

#include "pipeline/details.hpp"
#include "pipeline/roster.hpp"

namespace carillon::pipeline {

// give_up: what cannot be fetched now is left out, with a note in Order::notes. Failure (unreachable,
// throttled): try again later.
Task<reporter::Details> assemble(const RosterEntry& entry, const Notification& notification,
                                 const DetailSources& sources, bool give_up);

}  // namespace carillon::pipeline
