// Whatever may come as a CloudEvent: runs or an error, never a crash. The first line is the type of the body,
// the second one the ce-type header.
#include <cstddef>
#include <cstdint>

#include "source/cdevents/cdevents_hook.hpp"
#include "source/hook/run_event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return std::string(first);
  };
  auto settings = std::make_shared<cdevents::Settings>();
  settings->shape.source = settings->shape.ci = "cdevents";
  const cdevents::CDEventsHook hook(settings);
  web::Head head;
  head.content_type = line();
  if (const std::string type = line(); !type.empty()) head.headers = {{"ce-type", type}};
  const auto heard = hook.hear(head, text, 0);
  if (!heard) return 0;
  // What is taken makes events with keys of their own.
  const auto check = [&](const hook::Run& run) {
    if (run.id.empty()) __builtin_trap();
    if (hook::event_of(run, settings->shape, 1'700'000'000'000, "").key.empty()) __builtin_trap();
  };
  for (const hook::Run& run : heard->runs)
    check(run);
  for (const hook::JobOfRun& job : heard->jobs)
    check(job.alone);
  for (const hook::TestOfRun& test : heard->tests)
    check(test.alone);
  return 0;
}
