#include "base/logins.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace carillon {
namespace {

// Of a name without a password: services take tokens in its place, and nobody's name is as long.
constexpr std::size_t token_length = 20;
constexpr std::string_view hidden = "***";

// What ends a URL's authority, in texts, HTML and JSON.
constexpr std::string_view ends = "/\\?#\"'<>` \t\r\n";

// Where the authority begins in which an '@' stands; npos: in none.
std::size_t begin_of_authority(std::string_view text, std::size_t at) {
  const std::size_t end = text.find_last_of(ends, at);
  if (end == std::string_view::npos || text[end] != '/') return std::string_view::npos;
  const std::string_view before = text.substr(0, end + 1);
  return before.ends_with("://") || before.ends_with(":\\/\\/") ? end + 1 : std::string_view::npos;
}

// What is shown of it; the login itself where it stays.
std::string shown_login(std::string_view login) {
  const std::size_t colon = login.find(':');
  const std::string_view name = login.substr(0, colon);
  std::string shown(name.size() < token_length ? name : hidden);
  if (colon != std::string_view::npos) shown += ":" + std::string(hidden);
  return shown;
}

struct Login {
  std::size_t begin = 0;
  std::size_t size = 0;
  std::string shown;
};

// The first one from there on that does not stay.
std::optional<Login> next_login(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('@', from); at != std::string_view::npos; at = text.find('@', at + 1)) {
    const std::size_t begin = begin_of_authority(text, at);
    if (begin == std::string_view::npos) continue;
    // A password may have an '@' itself.
    at = text.rfind('@', std::min(text.find_first_of(ends, at), text.size()) - 1);
    const std::string_view login = text.substr(begin, at - begin);
    std::string shown = shown_login(login);
    if (shown != login) return Login{begin, login.size(), std::move(shown)};
  }
  return std::nullopt;
}

}  // namespace

std::string without_logins(std::string text) {
  for (auto login = next_login(text, 0); login; login = next_login(text, login->begin + login->shown.size()))
    text.replace(login->begin, login->size, login->shown);
  return text;
}

bool has_logins(std::string_view text) {
  return next_login(text, 0).has_value();
}

bool hide_logins(json::value& value) {
  bool found = false;
  if (auto* object = value.if_object()) return hide_logins(*object);
  if (auto* array = value.if_array()) {
    for (json::value& item : *array)
      found = hide_logins(item) || found;
    return found;
  }
  auto* text = value.if_string();
  if (text == nullptr || !has_logins(*text)) return false;
  *text = without_logins(std::string(*text));
  return true;
}

bool hide_logins(json::object& object) {
  bool found = false;
  for (auto& member : object)
    found = hide_logins(member.value()) || found;
  return found;
}

}  // namespace carillon
