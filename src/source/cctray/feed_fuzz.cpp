// Whatever a feed may say: projects whose starts and ends have keys, or an error, never a crash.
#include "source/cctray/feed.hpp"

#include <cstddef>
#include <cstdint>

#include "source/hook/run_event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::source;
  const auto projects = cctray::read_feed({reinterpret_cast<const char*>(data), size});
  if (!projects) return 0;
  hook::Shape shape;
  shape.source = shape.ci = "cctray";
  for (const cctray::Project& project : *projects) {
    for (const auto& run : {cctray::end_of(project, 1'700'000'000), cctray::start_of(project)}) {
      if (run && hook::event_of(*run, shape, 1'700'000'000'000, "").key.empty()) __builtin_trap();
    }
  }
  return 0;
}
