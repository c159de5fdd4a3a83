// What is posted gets the shape that templates, rules and payloads read. Pure.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "model/event.hpp"
#include "source/build_pages.hpp"

namespace carillon::source::push {

// All failures here are `rejected`: the path of what is wrong ("builder.name: missing").

// Fills in what is read of a build, and makes times integer seconds. pages: of the link where the build has
// none.
Result<void> normalize_build(json::object& build, const BuildPages& pages);

// `results`, of a build, a request or a buildset: a number from 0 to 6, or null.
Result<void> normalize_results(json::object& object);

// A list; its members have all the fields of a source stamp.
Result<void> normalize_sourcestamps(json::object& buildset);

// path: how the member is named in the failure. An empty list where it is missing or null.
Result<void> check_array(json::object& parent, std::string_view key, std::string_view path);

// Where the member is missing, or null and the value is not.
void set_default(json::object& object, std::string_view key, json::value value);

// "PATH: must be EXPECTED, not a list"
tl::unexpected<Failure> wrong(std::string_view path, std::string_view expected, const json::value& got);
// "PATH: must be a whole number, not a list", or which are not too large
tl::unexpected<Failure> no_whole_number(std::string_view path, const json::value& got);

}  // namespace carillon::source::push
