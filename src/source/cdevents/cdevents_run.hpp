// CDEvents as runs, jobs and tests. Pure.
#pragma once

#include <string>
#include <string_view>

#include "source/cdevents/cloud_event.hpp"
#include "source/hook/dialect.hpp"

namespace carillon::source::cdevents {

// "dev.cdevents.pipelinerun.finished.0.3.0", and the like of it; the version is not read. It adds to
// heard what the event says, or sets heard.ignored. tests: whether those that belong to no run are builds.
// Failure (rejected): the path of what is missing.
Result<void> hear_cdevent(const CloudEvent& event, bool tests, hook::Heard& heard);

// What people call the run, as far as a name or an address ends in a number that was not drawn by lot:
// "build-42" and ".../runs/42" are 42, a UUID and Kubernetes' "run-6gplk" are none.
std::optional<std::int64_t> number_in(std::string_view text);

// The first line of a text.
std::string first_line(std::string_view text);

}  // namespace carillon::source::cdevents
