#include "source/hook/run_id.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace carillon::source::hook {

std::optional<RunId> parts_of(std::string_view id, std::string_view begin, std::size_t numbers) {
  if (!id.starts_with(begin)) return std::nullopt;
  id.remove_prefix(begin.size());
  RunId parts;
  if (const auto dot = id.find('.'); dot != std::string_view::npos) {
    parts.attempt = id.substr(dot + 1);
    if (!is_digits(parts.attempt)) return std::nullopt;
    id = id.substr(0, dot);
  }
  while (parts.numbers.size() < numbers) {
    const bool last = parts.numbers.size() + 1 == numbers;
    const std::string_view number = last ? id : id.substr(0, id.find('-'));
    if (!is_digits(number)) return std::nullopt;
    parts.numbers.emplace_back(number);
    if (!last) id.remove_prefix(std::min(number.size() + 1, id.size()));
  }
  return parts;
}

std::string number_of(std::string_view id, std::string_view begin) {
  auto parts = parts_of(id, begin);
  return parts && parts->attempt.empty() ? std::move(parts->numbers.front()) : std::string();
}

}  // namespace carillon::source::hook
