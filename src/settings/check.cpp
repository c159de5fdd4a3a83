#include "settings/check.hpp"

#include <algorithm>

namespace carillon::settings {

namespace {

std::optional<Value> object_with(const Value& value, Role role) {
  const auto* object = value.as<ObjectPtr>();
  if (object == nullptr || !*object || !(*object)->is(role)) return std::nullopt;
  return value;
}

template <class T>
std::optional<Value> plain(const Value& value) {
  return value.as<T>() != nullptr ? std::optional<Value>(value) : std::nullopt;
}

const char* name(Type type) {
  switch (type) {
    case Type::boolean:
      return "True or False";
    case Type::integer:
      return "an integer";
    case Type::number:
      return "a number";
    case Type::string:
      return "a string";
    case Type::secret:
      return "a string or util.Secret(...)";
    case Type::strings:
      return "a list of strings";
    case Type::dict:
      return "a dictionary";
    case Type::list:
      return "a list";
    case Type::renderable:
      return "a renderable (util.Interpolate, util.Property, ...)";
    case Type::callable:
      return "a function";
    case Type::formatter:
      return "a reporters.MessageFormatter";
    case Type::missing_worker_formatter:
      return "a reporters.MessageFormatterMissingWorkers";
    case Type::object:
      return "an object";
    case Type::any:
      return "anything";
  }
  return "?";
}

}  // namespace

std::optional<Value> fit(Type type, const Value& value) {
  switch (type) {
    case Type::boolean:
      if (const auto* i = value.as<std::int64_t>(); i != nullptr && (*i == 0 || *i == 1))
        return Value{*i == 1};
      return plain<bool>(value);
    case Type::integer:
      return plain<std::int64_t>(value);
    case Type::number:
      return value.as<double>() != nullptr ? std::optional<Value>(value) : plain<std::int64_t>(value);
    case Type::string:
      return plain<std::string>(value);
    case Type::secret:
      if (const auto* text = value.as<std::string>()) return Value{Secret(*text)};
      return plain<Secret>(value);
    case Type::strings: {
      const auto* list = value.as<List>();
      const auto is_text = [](const Value& item) { return item.as<std::string>() != nullptr; };
      if (list == nullptr || !std::all_of(list->begin(), list->end(), is_text)) return std::nullopt;
      return value;
    }
    case Type::dict:
      return plain<Dict>(value);
    case Type::list:
      return plain<List>(value);
    case Type::renderable:
      return object_with(value, Role::renderable);
    case Type::callable:
      return object_with(value, Role::callable);
    case Type::formatter:
      return object_with(value, Role::formatter);
    case Type::missing_worker_formatter:
      return object_with(value, Role::missing_worker_formatter);
    case Type::object:
      return plain<ObjectPtr>(value);
    case Type::any:
      return value;
  }
  return std::nullopt;
}

std::string describe(const std::vector<Type>& types) {
  std::string text;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i > 0) text += i + 1 == types.size() ? " or " : ", ";
    text += name(types[i]);
  }
  return text;
}

}  // namespace carillon::settings
