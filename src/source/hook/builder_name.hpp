// What a function of the user's calls builders: builder= of all sources with hooks.
#pragma once

#include "base/task.hpp"
#include "source/hook/run.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::hook {

// Sets Run::builder to what the function yields for {"repo", "workflow", "job", "branch", "revision",
// "event", "owner"}; nothing where there is no function. Failure: it raised, or yielded no text; the run
// keeps the name that it has without the function, and a note says why. shape and run outlive the call.
Task<void> name_builder(Run& run, const Shape& shape);

}  // namespace carillon::source::hook
