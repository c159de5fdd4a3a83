#include "rule/said_why.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/visible.hpp"

namespace carillon::rule {

std::string wrong_reason(std::string_view field, std::string_view text) {
  if (text != visible(text)) return std::string(field) + ": must be one line that everybody can see";
  const auto length = std::ranges::count_if(text, [](char c) { return !is_continuation(c); });
  if (static_cast<std::size_t>(length) <= longest_reason) return {};
  return std::string(field) + ": has " + std::to_string(length) + " characters, at most " +
         std::to_string(longest_reason) + " are taken";
}

}  // namespace carillon::rule
