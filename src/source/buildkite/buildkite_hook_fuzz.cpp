// Whatever Buildkite may send: runs or an error, never a crash. The first line names the event.
#include <cstddef>
#include <cstdint>

#include "source/buildkite/buildkite_hook.hpp"
#include "source/hook/run_event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(text.find('\n'), text.size());
  auto settings = std::make_shared<buildkite::Settings>();
  settings->shape.source = settings->shape.ci = "buildkite";
  const buildkite::BuildkiteHook hook(settings);
  web::Head head;
  head.headers = {{"x-buildkite-event", std::string(text.substr(0, end))}};
  const auto heard = hook.hear(head, text.substr(std::min(end + 1, text.size())), 0);
  if (!heard) return 0;
  for (const hook::Run& run : heard->runs) {
    if (hook::event_of(run, settings->shape, 1'700'000'000'000, "").key.empty()) __builtin_trap();
  }
  for (const hook::JobOfRun& job : heard->jobs) {
    if (job.run.empty() || hook::event_of(job.alone, settings->shape, 1'700'000'000'000, "").key.empty())
      __builtin_trap();
  }
  return 0;
}
