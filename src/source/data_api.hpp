// `master.data.get(...)` over REST.
#pragma once

#include <string_view>

#include "base/json.hpp"

namespace carillon::source {

// What Buildbot's data API would return, out of the document that REST answers ({"steps": [...], "meta":
// {...}}): the list for a collection; the one object for a thing ("builds/7", "builds/7/properties",
// "logs/3/contents"), or null.
json::value data_of_rest(std::string_view path, json::value document);

}  // namespace carillon::source
