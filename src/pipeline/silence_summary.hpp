// What is told when a silence is over.
#pragma once

#include "pipeline/details.hpp"

namespace carillon::pipeline {

// Whether the event is the end of a silence.
bool is_summary(const Event& event);

// Of the event `silences/N/over`, for one reporter: the newest build of each builder that was held back, and
// the words for all of them (Details::report). To reporters it is a buildset whose builds are these. Builds
// that were forgotten meanwhile are left out. Failure: the store's, or a master's that cannot be reached.
Task<void> assemble_summary(const RosterEntry& entry, const Event& event, const DetailSources& sources,
                            bool give_up, reporter::Details& assembled);

// For the operator: the deliveries that were made of it are those of a silence, not of a buildset.
void name_summaries(std::vector<Delivery>& deliveries, const reporter::Details& assembled);

}  // namespace carillon::pipeline
