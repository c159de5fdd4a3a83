// An object of the Python side, as the rest of the program holds it.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "script/bridge.hpp"
#include "settings/object.hpp"

namespace carillon::script {

// What is known of the object without asking Python.
struct ObjectFacts {
  std::uint64_t number = 0;
  std::string where;
  std::string title;
  // Bits in the order of settings::Role.
  unsigned roles = 0;
  json::object attributes;
  std::set<std::string, std::less<>> overrides;
};

// Lets go of the Python object when it is destroyed, on whatever thread.
settings::ObjectPtr make_object(std::shared_ptr<Bridge> bridge, ObjectFacts facts);

}  // namespace carillon::script
