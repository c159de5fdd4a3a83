// Whatever is posted, and whatever a mapping may say: runs or an error, never a crash. The first line is a
// path, the rest a body.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "source/generic/generic_hook.hpp"
#include "source/hook/run_event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source;
  constexpr Millis now = 1'700'000'000'000;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(text.find('\n'), text.size());
  const std::string_view first = text.substr(0, end);
  auto settings = std::make_shared<generic::Settings>();
  generic::Mapping& mapping = settings->mapping;
  const auto map = [&](const char* field, std::string_view way) {
    if (generic::is_text(way)) {
      if (auto made = generic::text_of(way)) mapping.fields[field].push_back(std::move(*made));
    } else if (auto path = generic::path_of(way)) {
      mapping.fields[field].push_back(std::move(*path));
    }
  };
  for (const char* field : {"id", "number", "attempt", "results", "state", "started", "builder", "tags",
                            "pull_request", "branch", "properties", "tests.total", "tests.failed_names"}) {
    map(field, "$." + std::string(field));
    map(field, first);
  }
  mapping.each_step = *generic::path_of("$.steps[*]");
  mapping.step["name"].push_back(*generic::path_of("$.name"));
  mapping.step["results"].push_back(*generic::path_of("$.results"));
  const generic::GenericHook hook(settings);
  web::Head head;
  head.content_type = "application/json";
  const auto heard = hook.hear(head, text.substr(std::min(end + 1, text.size())), now);
  if (!heard) {
    if (heard.error().what.empty()) __builtin_trap();
    return 0;
  }
  for (const hook::Run& run : heard->runs) {
    if (run.id.empty() || run.id.size() > 400 || run.number < 0 || run.attempt < 1) __builtin_trap();
    if (hook::event_of(run, settings->shape, now, "").key.empty()) __builtin_trap();
  }
  return 0;
}
