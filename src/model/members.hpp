// What several folders read of a build's JSON, beside what BuildView has. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "model/results.hpp"

namespace carillon {

// The results at the path; nullopt: none, or a number that Buildbot does not have.
std::optional<Results> results_at(const json::object& object, std::string_view path = "results");

// The text of a step's log, as the data API has it ({"content": {"content": "..."}}) or bare
// ({"content": "..."}); with the channel letters of a stream log. "": it has none.
std::string log_text(const json::object& log);

}  // namespace carillon
