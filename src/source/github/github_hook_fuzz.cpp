// Whatever GitHub may send: runs or an error, never a crash. The first line names the event.
#include <cstddef>
#include <cstdint>

#include "source/github/github_hook.hpp"
#include "source/hook/run_event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(text.find('\n'), text.size());
  auto settings = std::make_shared<github::Settings>();
  settings->shape.source = "github";
  settings->shape.ci = "github";
  settings->runs = settings->checks = settings->statuses = true;
  const github::GitHubHook hook(settings);
  web::Head head;
  head.headers = {{"x-github-event", std::string(text.substr(0, end))}};
  const auto heard = hook.hear(head, text.substr(std::min(end + 1, text.size())), 0);
  if (!heard) return 0;
  // What is taken makes events with keys of their own.
  for (const hook::Run& run : heard->runs) {
    if (hook::event_of(run, settings->shape, 1'700'000'000'000, "").key.empty()) __builtin_trap();
  }
  for (const hook::JobOfRun& job : heard->jobs) {
    if (job.run.empty() || hook::event_of(job.alone, settings->shape, 1'700'000'000'000, "").key.empty())
      __builtin_trap();
  }
  return 0;
}
