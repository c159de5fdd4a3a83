#include "cli/intake_command.hpp"

#include <iostream>

#include "base/terminal.hpp"
#include "cli/offline_runtime.hpp"
#include "cli/output.hpp"
#include "settings/error.hpp"
#include "source/hook/refusals.hpp"

namespace carillon::cli {
namespace {

using source::hook::Refusal;

std::vector<Refusal> refusals_of(OfflineRuntime& runtime, const std::string& source) {
  auto kept = runtime.run(runtime.store().recall(source::hook::refusals_owner(source),
                                                 std::string(source::hook::refusal_prefix)));
  if (!kept) throw settings::ConfigError(kept.error().what);
  std::vector<Refusal> refusals;
  for (const auto& [key, value] : *kept)
    refusals.push_back(source::hook::refusal_of(value));
  std::ranges::sort(refusals, {}, &Refusal::at);
  return refusals;
}

void print_refusal(const Colours& colours, const Refusal& refusal, bool with_body) {
  std::cout << "  " << time_text(refusal.at) << "  " << refusal.status << "  "
            << printable((refusal.kind.empty() ? "" : refusal.kind + ": ") + refusal.why)
            << (refusal.times > 1 ? "  (" + std::to_string(refusal.times) + " times)" : "") << "\n";
  if (with_body && !refusal.body.empty())
    std::cout << colours.dim(printable_lines(refusal.body, "    ")) << "\n";
}

}  // namespace

int show_intake(const server::LedgerPlace& place, const std::string& source) {
  OfflineRuntime& runtime = OfflineRuntime::make();
  runtime.open(place);
  const OfflineRuntime::Tidy tidy(runtime);
  const Colours colours;
  json::object all;
  bool known = false;
  bool any = false;
  for (const server::SourceEntry& entry : runtime.sources()) {
    const std::string& name = entry.source->name();
    if (!source.empty() && source != name) continue;
    known = true;
    const std::vector<Refusal> refusals = refusals_of(runtime, name);
    if (refusals.empty()) continue;
    any = true;
    json::array listed;
    if (!place.json) std::cout << colours.bold(printable(name)) << "\n";
    for (const Refusal& refusal : refusals) {
      listed.push_back(source::hook::to_json(refusal));
      if (!place.json) print_refusal(colours, refusal, !source.empty());
    }
    all[name] = std::move(listed);
  }
  if (!source.empty() && !known) throw settings::ConfigError("there is no source '" + source + "'");
  if (place.json) {
    std::cout << runtime.redacted(json::serialize(all)) << "\n";
  } else if (!any) {
    std::cout << "no delivery was refused within the last day\n";
  }
  return 0;
}

}  // namespace carillon::cli
