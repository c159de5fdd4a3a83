// Shorthands for reading Boost.JSON values that come from outside and may have any shape.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

namespace json = boost::json;

// The member at a dotted path ("builder.name"), or nullptr when any part is missing or not an object.
const json::value* find(const json::object& object, std::string_view path);

// The string at the path; nullopt when missing, null or not a string.
std::optional<std::string_view> string_at(const json::object& object, std::string_view path);

// The same, "" where string_at has none.
std::string text_at(const json::object& object, std::string_view path);

// The whole number at the path (a double with no fraction counts); nullopt when missing, null or another
// type.
std::optional<std::int64_t> integer_at(const json::object& object, std::string_view path);

// The array or object at the path, or nullptr.
const json::array* array_at(const json::object& object, std::string_view path);
const json::object* object_at(const json::object& object, std::string_view path);

// The objects in the array at the path, in order; they belong to the object. None where there is no array.
std::vector<const json::object*> objects_at(const json::object& object, std::string_view path);

// What a value is, for texts: "null", "a list", "a number" ...
std::string_view kind_name(const json::value& value);

// How many values there are in JSON text, without parsing it; of other text some number. It stops above
// `most`, and, when only the first of several texts is asked for, behind that.
enum class Texts { first, all };
std::size_t count_values(std::string_view text, std::size_t most, Texts texts);

}  // namespace carillon
