// Whatever may be posted as a report of tests: counts that add up, or an error, never a crash.
#include "source/hook/junit.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::source;
  const auto tests = hook::tests_of_junit({reinterpret_cast<const char*>(data), size});
  if (!tests) return 0;
  if (tests->total != tests->passed + tests->failed + tests->skipped) __builtin_trap();
  if (tests->failed_names.size() > hook::most_failed_names) __builtin_trap();
  return 0;
}
