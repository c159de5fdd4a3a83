// Reading the bodies of hooks. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "web/message.hpp"

namespace carillon::source::hook {

inline constexpr std::size_t largest_body = std::size_t{25} << 20U;
inline constexpr std::size_t most_levels = 64;
inline constexpr std::size_t most_values = 1'000'000;

// A JSON object; of members with one name the last counts. Of a form (application/x-www-form-urlencoded) that
// in its field `payload`. Failure (rejected): what it is instead, and at which byte.
Result<json::object> read_object(const web::Head& head, std::string_view body);

// A JSON list of at most so many objects. Failure (rejected): likewise.
Result<std::vector<json::object>> read_objects(std::string_view body, std::size_t most);

// The field of a form, decoded; nullopt: it has none.
std::optional<std::string> form_field(std::string_view form, std::string_view name);
bool is_form(const web::Head& head);

// Members that must be there. Failure (rejected): "workflow_run.id: missing", "...: must be a whole number,
// not a list".
Result<std::int64_t> need_integer(const json::object& object, std::string_view path);
Result<std::string> need_text(const json::object& object, std::string_view path);
Result<const json::object*> need_object(const json::object& object, std::string_view path);

// The text at the path, else that at the next; "" where none has one that is not empty.
std::string first_text(const json::object& object, std::initializer_list<std::string_view> paths);

}  // namespace carillon::source::hook
