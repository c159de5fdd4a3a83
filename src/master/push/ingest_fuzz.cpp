// Whatever is posted: events or an error, never a crash.
#include <cstddef>
#include <cstdint>

#include "master/push/ingest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto posted = carillon::master::push::parse(body, "push", "http://carillon/", 0);
  if (posted && posted->events.empty()) __builtin_trap();  // a body that is taken holds an event
  return 0;
}
