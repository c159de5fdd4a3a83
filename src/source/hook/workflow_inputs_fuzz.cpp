// Files of workflows: whatever they hold, they are read or refused with a reason, and their form can be
// shown.
#include "source/hook/workflow_inputs.hpp"

#include <cstddef>
#include <cstdint>

#include "source/hook/form.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const auto inputs = source::hook::workflow_inputs({reinterpret_cast<const char*>(data), size});
  if (!inputs) {
    if (inputs.error().what.empty()) __builtin_trap();
    return 0;
  }
  source::hook::Form form;
  form.branch = "main";
  form.fields = inputs->fields;
  const json::object shown = source::hook::scheduler_of("ci", {"acme/app/CI"}, &form);
  const json::array* fields = array_at(shown, "all_fields");
  if (fields == nullptr || fields->size() > form.fields.size() + 2) __builtin_trap();
  return 0;
}
