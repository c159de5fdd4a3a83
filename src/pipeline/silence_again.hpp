// A builder that fails again soon after the end of a silence that held back its reports.
#pragma once

#include "pipeline/silences.hpp"
#include "store/store.hpp"

namespace carillon::pipeline {

// Says so in the state of each build that fails, of reports that people get, within an hour after the end:
// "again after silence 3 (until 2026-11-28 16:00 UTC): tests failed". Again: the build before it failed, too,
// and the silence held back a report of this builder by this reporter since. A silence with a target says
// nothing: the others were told all along. Failure: the store's.
Task<void> say_again(reporter::Details& details, const RosterEntry& entry, const Notification& notification,
                     const Silences& silences, store::Store& store);

}  // namespace carillon::pipeline
