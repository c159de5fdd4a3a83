// Whatever is called: a signal whose name is plain, or an error, and never a crash. The lines are what stands
// in the path, and the query.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "source/hook/run_event.hpp"
#include "source/ping/checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source;
  constexpr Millis now = 1'700'000'000'000;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  ping::Settings settings;
  settings.create = ping::Schedule{.every = 60'000, .grace = 60'000};
  ping::Checks checks(settings);
  checks.load(nullptr, now);
  const auto line = [&text] {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view found = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return std::string(found);
  };
  for (Millis at = now; !text.empty(); at += 60'000) {
    web::Head head;
    head.parameters["slug"] = line();
    head.parameters["signal"] = line();
    head.query = line();
    const auto signal = ping::signal_of(head);
    if (!signal) continue;
    if (!ping::is_slug(signal->slug)) __builtin_trap();
    const auto run = checks.hear(*signal, at);
    if (run && hook::event_of(*run, {}, at, "").key.empty()) __builtin_trap();
    for (const hook::Run& late : checks.overdue(at)) {
      if (late.said.empty()) __builtin_trap();
    }
    // What is kept is understood again.
    ping::Checks again(settings);
    again.load(checks.to_json(), at);
    if (again.to_json() != checks.to_json()) __builtin_trap();
  }
  return 0;
}
