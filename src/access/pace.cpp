#include "access/pace.hpp"

#include <algorithm>

namespace carillon::access {

std::optional<std::chrono::seconds> Pace::ask(std::string_view address, Time now) {
  auto found = full_.find(address);
  if (found == full_.end()) {
    if (full_.size() >= limits_.addresses) make_room(now);
    found = full_.emplace(address, now).first;
  }
  const Time full = std::max(found->second, now) + limits_.every;
  const auto over = full - now - limits_.at_once * limits_.every;
  if (over > Time::duration::zero())
    return std::max(std::chrono::ceil<std::chrono::seconds>(over), std::chrono::seconds(1));
  found->second = full;
  return std::nullopt;
}

void Pace::make_room(Time now) {
  std::erase_if(full_, [now](const auto& one) { return one.second <= now; });
  // To look for the least busy one each time would cost more than it spares.
  if (full_.size() >= limits_.addresses) full_.clear();
}

}  // namespace carillon::access
