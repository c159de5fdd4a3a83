// What of a build was asked for. The rest is neither posted nor shown to the configuration's code, also where
// it is there because somebody posted it or another reporter needs it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "message/formatter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter {

struct Asked {
  // Else they are there, and empty, as in the data API.
  bool properties = false;
  bool steps = false;
  // Of the steps.
  bool logs = false;
  bool previous = false;
  bool changes = false;
};

// wantProperties, wantSteps, wantLogs (which needs wantSteps) and wantPreviousBuild.
Asked read_asked(const settings::Arguments& args);

// What templates get of a build. wantLogs of a formatter implies wantSteps; null is the built-in message.
Asked asked_by(const settings::ObjectPtr& formatter);

// Whether the member is there at all. Pure.
bool is_asked(const Asked& asked, std::string_view member);

// The build as it was asked for. Pure.
json::object asked_part(const json::object& build, const Asked& asked);

// message::build_context() in which `build` is what the formatter asked for.
json::object asked_context(const message::Site& site, const std::vector<std::string>& mode,
                           const json::object& build, const settings::ObjectPtr& formatter);

}  // namespace carillon::reporter
