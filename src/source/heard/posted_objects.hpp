// Builds, builders, requests and logs out of what was posted, in the shapes of Buildbot's data API. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "store/journal.hpp"

namespace carillon::source::heard {

inline constexpr std::string_view poster = "(posted)";
inline constexpr std::int64_t first_own_id = std::int64_t{1} << 40U;  // no sender counts so far
// Members for ourselves, which no answer has.
inline constexpr std::string_view row_member = "carillon_row";          // for sorting by age
inline constexpr std::string_view builder_member = "carillon_builder";  // its name, whichever id it has

json::value document(std::string_view name, json::array items);
json::value document(std::string_view name, json::value item);

// Stable, and no other builder of the master has it, as far as 31 bits can promise.
std::int64_t builder_id(std::string_view name);
std::optional<std::int64_t> number_of(std::string_view text);
std::string id_text(const json::value& value);

// A field's value as a query writes it.
std::string shown(const json::value* value);

// An id that a sender may give; ours are above.
std::optional<std::int64_t> posted_number(const json::object& object, std::string_view path);

// The sender's id of the builder.
std::optional<std::int64_t> posted_builder(const json::object& build);
// The same, else one of ours.
std::int64_t builder_of(const json::object& build);

// The builder as that build tells of it.
json::object builder_object(const json::object& build);

// The sender's id of the build, else one of ours.
std::int64_t build_id(const store::KnownBuild& known);

// The build as the data API has it: without what Carillon's events carry beside.
json::object build_object(const store::KnownBuild& known, std::int64_t id);
bool same_build(const store::KnownBuild& a, const store::KnownBuild& b);

// The request of a build as the data API has it.
json::object request_object(const json::object& build);

// The newest event of each build, the newest first.
std::vector<store::KnownBuild> newest_of_each(std::vector<store::KnownBuild> events);

// Which build of which sender an event tells of.
std::string build_named(const Event& event);
std::vector<json::object> objects_of(const json::array* list);

// The text of a member, or else a default, which it gets.
std::string text_or(json::object& object, const char* name, const std::string& otherwise);

}  // namespace carillon::source::heard
