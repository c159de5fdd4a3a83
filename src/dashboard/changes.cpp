#include "dashboard/changes.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::array<std::string_view, topic_count> topic_names{"builds",  "deliveries", "reporters",
                                                                "sources", "silences",   "replays"};

}  // namespace

std::string_view name(Topic topic) {
  return topic_names.at(static_cast<std::size_t>(topic));
}

void Changes::note(const std::vector<Topic>& topics) {
  if (topics.empty()) return;
  ++now_;
  for (const Topic topic : topics)
    changed_.at(static_cast<std::size_t>(topic)) = now_;
}

std::string Changes::since(std::uint64_t number) const {
  std::string names;
  for (std::size_t i = 0; i < topic_count; ++i) {
    if (changed_.at(i) <= number && number <= now_) continue;
    if (!names.empty()) names += ' ';
    names += topic_names.at(i);
  }
  return names;
}

}  // namespace carillon::dashboard
