// The events that one can be notified of, by their words. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hpp"

namespace carillon::chat {

// Words of the manual: started, finished, success, warnings, failure, exception, cancelled, problem,
// recovery, worse, better, worker; and the deprecated successToFailure, warningsToSuccess, ... Sorted.
using Events = std::set<std::string, std::less<>>;

// Whether it is one of them; case matters, as in Buildbot.
bool is_event(std::string_view word);

// The twelve that are not deprecated, in the order in which they are offered.
const std::vector<std::string>& offered_events();

// Whether any of them compares with the previous build.
bool compares(const Events& events);

// The word that makes the event wanted ("problem"), or an empty one. `previous`: results of the last build of
// the builder that was no retry. Kinds: build_started, build_finished (with `results`), worker_missing,
// worker_back; nothing wants the others.
std::string wanted_by(const Events& events, EventKind kind, std::optional<Results> results,
                      std::optional<Results> previous);

}  // namespace carillon::chat
