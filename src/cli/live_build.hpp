// A build that a master has and the store does not.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "source/source.hpp"
#include "store/ledger.hpp"

namespace carillon::cli {

// The build as an event (event/event.hpp), as it is now; asked over the data API, nothing but reads. nullopt:
// the master has no such build. Failure: it cannot be reached.
Task<std::optional<Event>> ask_build(std::shared_ptr<source::Source> master, BuildName name);

}  // namespace carillon::cli
