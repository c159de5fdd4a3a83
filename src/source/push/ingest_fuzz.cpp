// Whatever is posted: events or an error, never a crash.
#include <cstddef>
#include <cstdint>

#include "source/push/ingest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto posted = carillon::source::push::parse(body, "push", {"http://carillon/", true}, 0);
  // A body that is taken holds something.
  if (posted && posted->events.size() + posted->ignored == 0) __builtin_trap();
  if (posted && posted->lines.size() != posted->events.size()) __builtin_trap();
  return 0;
}
