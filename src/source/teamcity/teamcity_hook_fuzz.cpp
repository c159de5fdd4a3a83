// Whatever TeamCity may send: runs or an error, never a crash.
#include <cstddef>
#include <cstdint>

#include "source/hook/run_event.hpp"
#include "source/teamcity/teamcity_hook.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source;
  const teamcity::TeamCityHook hook(hook::Secrets{});
  const auto heard = hook.hear(web::Head(), {reinterpret_cast<const char*>(data), size}, 0);
  if (!heard) return 0;
  hook::Shape shape;
  shape.source = shape.ci = "teamcity";
  for (const hook::Run& run : heard->runs) {
    if (hook::event_of(run, shape, 1'700'000'000'000, "").key.empty()) __builtin_trap();
  }
  return 0;
}
