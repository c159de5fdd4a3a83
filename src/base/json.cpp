#include "base/json.hpp"

#include <cmath>
#include <utility>

namespace carillon {

const json::value* find(const json::object& object, std::string_view path) {
  const json::object* at = &object;
  while (true) {
    const auto dot = path.find('.');
    const json::value* member = at->if_contains(path.substr(0, dot));
    if (member == nullptr || dot == std::string_view::npos) return member;
    at = member->if_object();
    if (at == nullptr) return nullptr;
    path.remove_prefix(dot + 1);
  }
}

std::optional<std::string_view> string_at(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const json::string& text = value->get_string();
  return std::string_view(text.data(), text.size());
}

std::string text_at(const json::object& object, std::string_view path) {
  return std::string(string_at(object, path).value_or(""));
}

std::optional<std::int64_t> integer_at(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  // What we made ourselves of a size.
  if (const auto* number = value->if_uint64(); number != nullptr && std::in_range<std::int64_t>(*number))
    return static_cast<std::int64_t>(*number);
  if (const auto* number = value->if_double()) {
    constexpr double limit = 9007199254740992.0;  // 2^53: beyond it a double is no exact integer
    if (std::abs(*number) <= limit && std::trunc(*number) == *number)
      return static_cast<std::int64_t>(*number);
  }
  return std::nullopt;
}

const json::array* array_at(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  return value == nullptr ? nullptr : value->if_array();
}

const json::object* object_at(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  return value == nullptr ? nullptr : value->if_object();
}

std::size_t count_values(std::string_view text, std::size_t most, Texts texts) {
  std::size_t count = 0;
  std::size_t depth = 0;
  bool opened = false;  // just now: what comes next is the first member
  for (std::size_t at = 0; at < text.size() && count <= most; ++at) {
    switch (text[at]) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
      case ':':
        break;
      case ',':
        ++count;
        break;
      case '[':
      case '{':
        if (opened || depth == 0) ++count;
        opened = true;
        ++depth;
        break;
      case ']':
      case '}':
        opened = false;
        if (depth > 0) --depth;
        if (depth == 0 && texts == Texts::first) return count;
        break;
      case '"':
        if (std::exchange(opened, false)) ++count;
        for (++at; at < text.size() && text[at] != '"'; ++at) {
          if (text[at] == '\\') ++at;
        }
        break;
      default:
        if (std::exchange(opened, false)) ++count;
        break;
    }
  }
  return count;
}

std::vector<const json::object*> objects_at(const json::object& object, std::string_view path) {
  std::vector<const json::object*> objects;
  const json::array* all = array_at(object, path);
  if (all == nullptr) return objects;
  for (const json::value& item : *all) {
    if (const json::object* one = item.if_object()) objects.push_back(one);
  }
  return objects;
}

std::string_view kind_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "a list";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

}  // namespace carillon
