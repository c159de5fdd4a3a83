// Whatever Drone may send: runs or an error, never a crash.
#include <cstddef>
#include <cstdint>

#include "source/drone/drone_hook.hpp"
#include "source/hook/run_event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source;
  auto settings = std::make_shared<drone::Settings>();
  settings->shape.source = settings->shape.ci = "drone";
  const drone::DroneHook hook(settings);
  web::Head head;
  head.headers = {{"x-drone-event", "build"}};
  const auto heard = hook.hear(head, {reinterpret_cast<const char*>(data), size}, 0);
  if (!heard) return 0;
  for (const hook::Run& run : heard->runs) {
    if (hook::event_of(run, settings->shape, 1'700'000'000'000, "").key.empty()) __builtin_trap();
  }
  return 0;
}
