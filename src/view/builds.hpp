// Lists of builds as `--json` and the API show them.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "source/link_state.hpp"
#include "store/ledger.hpp"

namespace carillon::view {

// source, builder, number, attempt, results (null while it runs), result ("failure", "running"), branch,
// revision, state_string, url, at, heard. Times are Millis since the epoch.
json::object to_json(const store::ListedBuild& build);
// source, builder, builds: the newest ones.
json::object to_json(const store::ListedBuilder& builder);
// items, next (null at the end).
json::object to_json(const store::BuildsPage& page);

// When each source's builders were heard of last.
using LastHeard = std::map<std::string, Millis>;
LastHeard last_heard(store::Ledger& ledger);
// The later one of what the source says and what is kept; nullopt: nothing was heard.
std::optional<Millis> heard_of(const source::Observed& source, const LastHeard& known);

}  // namespace carillon::view
