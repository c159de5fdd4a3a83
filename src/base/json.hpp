// Shorthands for reading Boost.JSON values that come from outside and may have any shape.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

namespace json = boost::json;

// The member at a dotted path ("builder.name"), or nullptr when any part is missing or not an object.
const json::value* find(const json::object& object, std::string_view path);

// The string at the path; nullopt when missing, null or not a string.
std::optional<std::string_view> string_at(const json::object& object, std::string_view path);

// The whole number at the path (a double with no fraction counts); nullopt when missing, null or another
// type.
std::optional<std::int64_t> integer_at(const json::object& object, std::string_view path);

// The array or object at the path, or nullptr.
const json::array* array_at(const json::object& object, std::string_view path);
const json::object* object_at(const json::object& object, std::string_view path);

}  // namespace carillon
