// A run of a CI as an event with a build of Buildbot's shape. Pure.
#pragma once

#include <string>
#include <string_view>

#include "model/event.hpp"
#include "source/hook/run.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::hook {

// Of a step whose log the CI has, by the step's id: the project to ask for it, or Job::whole_run.
inline constexpr std::string_view log_member = "log_of";

// The event that a run is. now: when it was heard. heard_by: for people, how ("hook, delivery 9db7dda0").
Event event_of(const Run& run, const Shape& shape, Millis now, std::string_view heard_by);

// That all builds of a run that has ended are known: `buildsets/ID/complete`.
Event buildset_event_of(const Run& run, const Shape& shape, Millis now);

// Why nothing is to be reported of it: it ended longer ago than max_age. Empty: it is to be reported.
std::string too_old(const Run& run, const Shape& shape, Millis now);

// `buildset.bsid` of all builds of the run of that Run::id.
std::int64_t buildset_number(std::string_view run);

// "acme/app/CI".
std::string builder_of(const Run& run, const Shape& shape);

// "failed: linux, docs (2 of 9 jobs)", else what the CI said, else the word for the results.
std::string state_string_of(const Run& run);

}  // namespace carillon::source::hook
