#include "reporter/common/summary.hpp"

#include "model/build.hpp"

#include <array>

namespace carillon::reporter {
namespace {

// By results: success, warnings, failure, skipped, exception, retry, cancelled.
constexpr std::array<int, 7> harm = {0, 1, 4, 0, 3, 2, 2};

int harm_of(const json::object& build) {
  const auto number = BuildView(build).results();
  const auto results = number ? results_from(*number) : std::nullopt;
  return results ? harm.at(static_cast<std::size_t>(*results)) : 0;
}

}  // namespace

bool is_own_text(const settings::ObjectPtr& formatter, const message::Message& message) {
  if (formatter == nullptr || !message.note.empty()) return true;  // a note: a plain message stands in
  return formatter->attribute("built_in") == json::value(true) && !formatter->overrides("renderMessage") &&
         !formatter->overrides("formatMessageForBuildResults");
}

void end_with_empty_line(std::string& text) {
  text.erase(text.find_last_not_of("\r\n") + 1);
  text += "\n\n";
}

const json::object& linked_build(const Builds& builds) {
  std::size_t chosen = 0;
  for (std::size_t i = 1; i < builds.size(); ++i) {
    if (harm_of(builds[i]) > harm_of(builds[chosen])) chosen = i;
  }
  return builds[chosen];
}

}  // namespace carillon::reporter
