#include "pipeline/silence_again.hpp"

#include <algorithm>
#include <ranges>

#include "base/moment.hpp"
#include "pipeline/silence_summary.hpp"

namespace carillon::pipeline {
namespace {

constexpr Millis soon = Millis{3600} * 1000;

bool fails(std::optional<Results> results) {
  return results == Results::failure || results == Results::exception;
}

// Copies: while the store is asked, they may be read anew.
std::vector<Silence> lately_over(const Silences& silences, Millis heard) {
  std::vector<Silence> over;
  std::ranges::copy_if(silences.all(), std::back_inserter(over), [heard](const Silence& silence) {
    return silence.target.empty() && silence.from < silence.until && silence.until <= heard &&
           heard < silence.until + soon;
  });
  return over;
}

Task<bool> fails_again(const BuildFacts& build, const std::string& source, const store::HeldBack& held,
                       store::Store& store) {
  std::optional<std::string> branch;
  if (!build.branch.empty()) branch = build.branch;
  auto previous = co_await store.previous(source, build.builder, std::move(branch), build.run());
  if (!previous) co_return failed(previous);
  // One that was heard after all that was held back has been told of.
  co_return *previous&& fails((*previous)->results) && (*previous)->event_row <= held.event;
}

std::string again_after(const Silence& silence, const std::string& state) {
  return "again after silence " + std::to_string(silence.id) + " (until " + minute_text(silence.until) + ")" +
         (state.empty() ? "" : ": " + state);
}

}  // namespace

Task<void> say_again(reporter::Details& details, const RosterEntry& entry, const Notification& notification,
                     const Silences& silences, store::Store& store) {
  if (entry.reporter->tells_programs() || is_summary(*notification.event)) co_return ok();
  const std::vector<Silence> over = lately_over(silences, notification.heard);
  if (over.empty()) co_return ok();
  for (std::size_t i = 0; i < details.builds.size(); ++i) {
    const BuildFacts build = facts_of(details.builds[i]);
    if (!fails(build.results)) continue;
    for (const Silence& silence : std::views::reverse(over)) {
      if (!rule::covers(silence, report_of(entry, {&build, 1}))) continue;
      auto held = co_await store.held_back(silence.id, entry.name, details.source, build.builder);
      if (!held) co_return failed(held);
      if (!*held) continue;
      const auto again = co_await fails_again(build, details.source, **held, store);
      if (!again) co_return failed(again.error());
      if (!*again) continue;
      json::object& told = details.builds.edit(i);
      told["state_string"] = again_after(silence, text_at(told, "state_string"));
      break;
    }
  }
  co_return ok();
}

}  // namespace carillon::pipeline
