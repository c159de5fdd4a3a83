// The build that a command line names, as the event to be worded.
#pragma once

#include <memory>
#include <string>

#include "app/workshop.hpp"

namespace carillon::app {

struct ChosenBuild {
  store::Order order;  // id 0: of no transaction
  bool live = false;   // asked from its master; else as it was heard
};

// what: "new", "finished" or "buildset"; empty: its end, else its start, else what was last heard of its
// request. A start that was not heard of is made out of the end. Throws settings::ConfigError with the text
// for the person: no such name, no such build, not finished yet.
ChosenBuild choose_build(Workshop& workshop, const std::string& build, const std::string& what);

// "build #7 of linux (failure)", "the request of linux", "the buildset 9".
std::string title_of(const Event& event);

// The order as the composer would assemble it; what cannot be fetched now is left out, with a note.
reporter::Order assembled(Workshop& workshop, const pipeline::RosterEntry& entry, const store::Order& order);

}  // namespace carillon::app
