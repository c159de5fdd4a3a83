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
// Likewise; `most` is what was asked for: where there are so many, others may follow.
json::object to_json(const std::vector<store::ListedBuilder>& builders, std::size_t most);
// "SOURCE/BUILDER", as `next` tells it, and back. "": before the first. Failure (rejected): it is neither.
std::string cursor_of(const store::BuilderName& name);
Result<store::BuilderName> builder_behind(std::string_view cursor);

// So long a refused delivery is told of: whoever sets up a hook looks at once.
inline constexpr Millis refusals_told = Millis{24} * 3600 * 1000;

// When each source's builders were heard of last.
using LastHeard = std::map<std::string, Millis>;
LastHeard last_heard(store::Ledger& ledger);
// The later one of what the source says and what is kept; nullopt: nothing was heard.
std::optional<Millis> heard_of(const source::Observed& source, const LastHeard& known);
// Writes heard_of() into each.
void add_heard(std::vector<source::Observed>& sources, store::Ledger& ledger);

}  // namespace carillon::view
