#include "access/cookie.hpp"

#include "base/text.hpp"

namespace carillon::access {

std::string_view cookie_of(const web::Head& head, std::string_view name) {
  const auto header = head.headers.find("cookie");
  if (header == head.headers.end()) return {};
  // A comma ends none: the value of another cookie might hold one, and what looks like ours behind it.
  for (const std::string_view part : words_of(header->second, ";")) {
    const std::string_view one = trim(part);
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
      return one.substr(name.size() + 1);
  }
  return {};
}

std::string Cookie::text() const {
  std::string text = name + "=" + value + "; Path=/; Max-Age=" + std::to_string(age.count());
  if (secure) text += "; Secure";
  return text + "; HttpOnly; SameSite=Lax";
}

}  // namespace carillon::access
