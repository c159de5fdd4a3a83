// Lists of builds as `--json` and the API show them.
#pragma once

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

// Makes heard_at of each the later one of what the source says and what is kept; nullopt: nothing was heard.
void add_heard(std::vector<source::Observed>& sources, store::Ledger& ledger);
// What its hook refused last, as long as people are told of it, for a day: whoever sets up a hook looks at
// once. Null: nothing.
const source::Refused* fresh_refusal(const source::Observed& source, Millis now);

}  // namespace carillon::view
