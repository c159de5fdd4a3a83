// Reporters whose class, in the configuration, chooses builds by a method of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "reporter/reporter.hpp"
#include "settings/object.hpp"

namespace carillon::server {

// The methods of that kind: Buildbot calls filterBuilds of status pushes, isMessageNeeded of notifiers and
// isBuildReported of GerritStatusPush.
std::vector<std::string> filter_methods();

// The reporter, or one around it that asks first: what self's overrides of those methods say no to becomes a
// delivery that is skipped, with the reason; of a buildset the builds that they say no to are left out. An
// override that fails says yes, with a note. self: may be null.
std::shared_ptr<reporter::Reporter> filtered(std::shared_ptr<reporter::Reporter> reporter,
                                             const settings::ObjectPtr& self);

}  // namespace carillon::server
