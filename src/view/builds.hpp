// Lists of builds as `--json` and the API show them.
#pragma once

#include "base/json.hpp"
#include "store/lists.hpp"

namespace carillon::view {

// source, builder, number, attempt, results (null while it runs), result ("failure", "running"), branch,
// revision, state_string, url, at, heard. Times are Millis since the epoch.
json::object to_json(const store::ListedBuild& build);
// source, builder, builds: the newest ones.
json::object to_json(const store::ListedBuilder& builder);
// items, next (null at the end).
json::object to_json(const store::BuildsPage& page);

}  // namespace carillon::view
