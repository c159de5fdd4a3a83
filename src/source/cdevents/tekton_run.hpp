// Tekton's own events as runs and jobs. Pure.
#pragma once

#include "source/cdevents/cloud_event.hpp"
#include "source/hook/dialect.hpp"

namespace carillon::source::cdevents {

inline constexpr std::string_view tekton_prefix = "dev.tekton.event.";

// "dev.tekton.event.pipelinerun.failed.v1": what the object itself says counts, not the event's type. It adds
// to heard, or sets heard.ignored. Failure (rejected): the path of what is missing.
Result<void> hear_tekton(const CloudEvent& event, hook::Heard& heard);

}  // namespace carillon::source::cdevents
