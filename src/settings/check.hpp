// Whether a value fits a type of a schema.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "settings/schema.hpp"

namespace carillon::settings {

// The value in the form that Type promises (text for `secret` becomes a Secret, 0 and 1 for `boolean` a
// bool), or nullopt when it does not fit. Not for None.
std::optional<Value> fit(Type type, const Value& value);

// "a string or a list of strings": what would have been right.
std::string describe(const std::vector<Type>& types);

}  // namespace carillon::settings
