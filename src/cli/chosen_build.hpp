// The build that a command line names, as the event to be worded.
#pragma once

#include <memory>
#include <string>

#include "cli/offline_runtime.hpp"

namespace carillon::cli {

struct ChosenBuild {
  // Id 0: of no transaction.
  Notification details;
  // Asked from its master; else as it was heard.
  bool live = false;
};

// what: "new", "finished" or "buildset"; empty: its end, else its start, else what was last heard of its
// request. A start that was not heard of is made out of the end. Throws settings::ConfigError with the text
// for the person: no such name, no such build, not finished yet.
ChosenBuild choose_build(OfflineRuntime& runtime, const std::string& build, const std::string& what);

// "build #7, attempt 2, of linux (failure)", "the request of linux", "the buildset 9".
std::string title_of(const Event& event);

// The report as the composer would assemble it; what cannot be fetched now is left out, with a note.
reporter::Details assembled(OfflineRuntime& runtime, const pipeline::RosterEntry& entry,
                            const Notification& details);

}  // namespace carillon::cli
