#include "settings/value.hpp"

namespace carillon::settings {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // Clang 16 does not deduce it by itself

}  // namespace

std::string describe(const Value& value) {
  const Overloaded visitor{
      [](std::monostate) -> std::string { return "None"; },
      [](bool) -> std::string { return "a boolean"; },
      [](std::int64_t) -> std::string { return "an integer"; },
      [](double) -> std::string { return "a number"; },
      [](const std::string&) -> std::string { return "a string"; },
      [](const Secret&) -> std::string { return "a secret"; },
      [](const List&) -> std::string { return "a list"; },
      [](const Dict&) -> std::string { return "a dictionary"; },
      [](const ObjectPtr& object) -> std::string { return object ? object->describe() : "None"; },
  };
  return std::visit(visitor, value.v);
}

json::value to_json(const Value& value) {
  const Overloaded visitor{
      [](std::monostate) -> json::value { return nullptr; },
      [](bool b) -> json::value { return b; },
      [](std::int64_t i) -> json::value { return i; },
      [](double d) -> json::value { return d; },
      [](const std::string& s) -> json::value { return json::value(json::string(s)); },
      [](const Secret&) -> json::value { return "***"; },
      [](const List& list) -> json::value {
        json::array array;
        for (const Value& item : list)
          array.push_back(to_json(item));
        return array;
      },
      [](const Dict& dict) -> json::value {
        json::object object;
        for (std::size_t i = 0; i < dict.keys.size(); ++i) {
          const auto* text = dict.keys[i].as<std::string>();
          const std::string key = text != nullptr ? *text : json::serialize(to_json(dict.keys[i]));
          object[key] = to_json(dict.values[i]);
        }
        return object;
      },
      [](const ObjectPtr&) -> json::value { return nullptr; },
  };
  return std::visit(visitor, value.v);
}

}  // namespace carillon::settings
