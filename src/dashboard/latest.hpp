// What addresses with "latest" in the place of a number mean.
#pragma once

#include <optional>

#include "dashboard/site.hpp"
#include "store/ledger.hpp"

namespace carillon::dashboard {

// The part {builder}, and source=, branch=, result= of the query: the newest build that has ended, and ended
// so. Failure (rejected): there is no such result.
Result<store::BuildsFilter> latest_asked(const Asked& asked);

// The newest one of those that are wanted, of whichever source; nullopt: there is none.
std::optional<store::ListedBuild> latest_of(store::Ledger& ledger, const store::BuildsFilter& wanted);

}  // namespace carillon::dashboard
