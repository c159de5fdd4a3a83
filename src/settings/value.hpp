// A value of the configuration: JSON, plus secrets and Python objects, in any nesting.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/secret.hpp"
#include "settings/object.hpp"

namespace carillon::settings {

struct Value;
using List = std::vector<Value>;  // list, tuple, set
struct Dict {  // in the order written, keys[i] to values[i]; keys may be tuples (IRC's authz)
  List keys;
  List values;
};

struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Secret, List, Dict, ObjectPtr> v;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&v);
  }
  bool is_none() const { return std::holds_alternative<std::monostate>(v); }
};

// "a string", "a list", ...: for error texts. Never shows a secret's text.
std::string describe(const Value& value);

// The value as JSON; secrets become "***" and objects become null. For comparing, showing and hashing.
json::value to_json(const Value& value);

}  // namespace carillon::settings
