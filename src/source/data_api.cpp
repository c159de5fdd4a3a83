#include "source/data_api.hpp"

#include <algorithm>

namespace carillon::source {

json::value data_of_rest(std::string_view path, json::value document) {
  json::object* object = document.if_object();
  if (object == nullptr) return document;
  json::value* list = nullptr;
  for (auto& member : *object) {
    if (member.key() != "meta" && member.value().is_array()) list = &member.value();
  }
  if (list == nullptr) return document;
  path = path.substr(0, path.find('?'));
  const std::string_view last = path.substr(path.rfind('/') + 1);
  const auto parts = std::count(path.begin(), path.end(), '/') + 1;
  // Collections and ids alternate; a thing's properties and contents are one object though they stand like a
  // collection.
  const bool one = parts % 2 == 0 || last == "properties" || last == "contents";
  if (!one) return std::move(*list);
  json::array& items = list->get_array();
  if (items.empty()) return nullptr;
  return std::move(items.front());
}

}  // namespace carillon::source
