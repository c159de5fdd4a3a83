// What a workflow of GitHub Actions, or Gitea's, asks for before it starts. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "source/hook/starter.hpp"

namespace carillon::source::hook {

// A field of kind text whose choices the CI must be asked for: those of type `environment`.
struct WorkflowInputs {
  std::vector<Field> fields;
  // Names of fields.
  std::vector<std::string> environments;
};

// The inputs of `on.workflow_dispatch`, in their order. file: the text of the workflow. Failure (rejected):
// it is no YAML ("line 3: ..."), people cannot start it, or an input that cannot be meant, by its path
// ("on.workflow_dispatch.inputs.level.type: ...").
Result<WorkflowInputs> workflow_inputs(std::string_view file);

}  // namespace carillon::source::hook
