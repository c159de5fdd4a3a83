// Whatever Travis may send in the field of its form: runs or an error, never a crash.
#include <cstddef>
#include <cstdint>

#include "base/json.hpp"
#include "source/hook/body.hpp"
#include "source/hook/run_event.hpp"
#include "source/travis/travis_run.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source;
  const auto payload = hook::read_object({}, {reinterpret_cast<const char*>(data), size});
  if (!payload) return 0;
  std::vector<std::string> notes;
  const auto run = travis::run_of(*payload, notes);
  if (!run) return 0;
  hook::Shape shape;
  shape.source = shape.ci = "travis";
  if (hook::event_of(*run, shape, 1'700'000'000'000, "").key.empty()) __builtin_trap();
  return 0;
}
