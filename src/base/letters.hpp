// Letters of ASCII without their case: names of headers, hosts, commands. All other bytes stay as they are.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace carillon {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline std::string lower(std::string_view text) {
  std::string folded(text);
  for (char& c : folded)
    c = lower(c);
  return folded;
}

inline bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace carillon
