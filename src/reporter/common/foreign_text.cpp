#include "reporter/common/foreign_text.hpp"

#include <algorithm>

#include "base/letters.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter {
namespace {

constexpr std::string_view breaker = "\u200b";

bool is_letter_or_digit(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

// The length of "&#64;", "&#x40;" or "&commat;" at the beginning, in any of its forms; 0: there is none.
std::size_t entity_of_at(std::string_view text) {
  if (!text.starts_with('&')) return 0;
  constexpr std::string_view named = "&commat;";
  if (same_letters(text.substr(0, named.size()), named)) return named.size();
  if (!text.starts_with("&#")) return 0;
  std::size_t at = 2;
  const bool hexadecimal = at < text.size() && lower(text[at]) == 'x';
  if (hexadecimal) ++at;
  at = std::min(text.find_first_not_of('0', at), text.size());
  if (!text.substr(at).starts_with(hexadecimal ? "40" : "64")) return 0;
  at += 2;
  return at < text.size() && text[at] == ';' ? at + 1 : 0;
}

// What begins a mention there: its length, after which it is broken; 0: nothing does.
std::size_t mention_at(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '@':
      return at > 0 && is_letter_or_digit(text[at - 1]) ? 0 : 1;
    case '<':
      return at + 1 < text.size() && text[at + 1] == '!' ? 1 : 0;
    case '&':
      return entity_of_at(text.substr(at));
    default:
      return 0;
  }
}

bool may_mention(std::string_view text) {
  return text.find('@') != std::string_view::npos || text.find("<!") != std::string_view::npos ||
         text.find("&#") != std::string_view::npos || text.find("&c") != std::string_view::npos ||
         text.find("&C") != std::string_view::npos;
}

bool is_address(std::string_view text) {
  return is_http_url(text) && text.find_first_of(" \t\r\n") == std::string_view::npos;
}

// Every link of the build that is text.
template <class Object, class Each>
void each_link(Object& build, const Each& each) {
  const auto link = [&](auto& object, std::string_view name) {
    auto* value = object.if_contains(name);
    if (value != nullptr && value->is_string()) each(value->get_string());
  };
  const auto items = [](auto& object, std::string_view name, const auto& use) {
    auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_array()) return;
    for (auto& item : value->get_array()) {
      if (item.is_object()) use(item.get_object());
    }
  };
  link(build, "url");
  if (auto* before = build.if_contains("prev_build"); before != nullptr && before->is_object())
    link(before->get_object(), "url");
  items(build, "steps", [&](auto& step) { items(step, "urls", [&](auto& url) { link(url, "url"); }); });
  items(build, "changes", [&](auto& change) { link(change, "revlink"); });
}

bool is_odd(std::string_view url) {
  return !url.empty() && !is_http_url(url);
}

}  // namespace

std::string without_mentions(std::string_view text) {
  if (!may_mention(text)) return std::string(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t mention = mention_at(text, at);
    const std::size_t length = std::max<std::size_t>(mention, 1);
    out += text.substr(at, length);
    at += length;
    if (mention > 0 && !text.substr(at).starts_with(breaker)) out += breaker;
  }
  return out;
}

void break_mentions(json::value& value) {
  if (json::object* object = value.if_object()) {
    break_mentions(*object);
  } else if (json::array* array = value.if_array()) {
    for (json::value& item : *array)
      break_mentions(item);
  } else if (json::string* text = value.if_string();
             text != nullptr && may_mention(*text) && !is_address(*text)) {
    *text = without_mentions(*text);
  }
}

void break_mentions(json::object& object) {
  const bool names =
      std::ranges::any_of(object, [](const auto& member) { return may_mention(member.key()); });
  for (auto& member : object)
    break_mentions(member.value());
  if (!names) return;
  json::object renamed(object.storage());
  for (auto& member : object)
    renamed.insert_or_assign(without_mentions(member.key()), std::move(member.value()));
  object = std::move(renamed);
}

bool has_odd_link(const json::object& build) {
  bool odd = false;
  each_link(build, [&](const json::string& url) { odd = odd || is_odd(url); });
  return odd;
}

void drop_odd_links(json::object& build) {
  each_link(build, [](json::string& url) {
    if (is_odd(url)) url.clear();
  });
}

}  // namespace carillon::reporter
