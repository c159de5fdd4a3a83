// Reporters whose class, in the configuration, sends by a method of its own (`send`, `sendMessage`,
// `createStatus`), as a subclass of Buildbot's reporters may.
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter {

// The reporter, or one around it that asks self what its method sends of each build that starts or ends, or
// of each report of a generator (script/python/scripted.py): a report in the reporter's own words, also of a
// changed build, and requests that are sent as they are. Each becomes a delivery. A method that fails leaves
// the report to the reporter's own words, with a note; one that sends nothing makes a skipped delivery.
// self: may be null.
std::unique_ptr<Reporter> scripted(std::unique_ptr<Reporter> plain, const settings::ObjectPtr& self,
                                   const Environment& environment);

// The same for a notifier, which sends by `sendMessage` alone.
std::unique_ptr<Reporter> scripted_notifier(std::unique_ptr<Reporter> plain, const settings::ObjectPtr& self,
                                            const Environment& environment);

// Buildbot's bases of reporters, for classes of the configuration that send by themselves only:
// HttpStatusPushBase (every start and end) and ReporterBase (what its generators choose).
settings::Schema push_base_schema();
settings::Schema reporter_base_schema();
std::unique_ptr<Reporter> make_base(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::reporter
