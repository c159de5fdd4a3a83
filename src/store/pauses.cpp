#include <algorithm>

#include "store/outbox.hpp"

namespace carillon::store {

std::optional<Pause> pause_of(const std::vector<Pause>& pauses, const std::string& reporter, Millis now) {
  std::optional<Pause> last;
  for (const Pause& pause : pauses) {
    if (pause.reporter == reporter && pause.until > std::max(now, last ? last->until : 0)) last = pause;
  }
  return last;
}

std::vector<std::string> paused_together(const std::vector<Pause>& pauses, const std::string& reporter,
                                         Millis now) {
  std::vector<std::string> names;
  for (const Pause& own : pauses) {
    if (own.reporter != reporter || own.until <= now) continue;
    for (const Pause& pause : pauses) {
      if (pause.until == own.until && pause.why == own.why) names.push_back(pause.reporter);
    }
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

}  // namespace carillon::store
