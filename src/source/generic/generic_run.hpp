// A body as a run, as the mapping says. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "source/generic/mapping.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::generic {

// What functions of the user's yielded for this body.
using Called = std::map<const Way*, json::value>;

struct Heard {
  // nullopt: the body is not meant.
  std::optional<hook::Run> run;
  // Why not.
  std::string ignored;
  // What is odd about it.
  std::vector<std::string> notes;
};

// delivery: of the header Idempotency-Key, which is the id where the mapping has none. Failure (rejected):
// "$.job.number (number): must be a whole number, not a list".
Result<Heard> heard_of(const Mapping& mapping, const Scope& scope, const Called& called,
                       const std::string& delivery, Millis now);

// The condition that the body does not meet; "": it meets all.
std::string unmet(const Mapping& mapping, const Scope& scope);

}  // namespace carillon::source::generic
