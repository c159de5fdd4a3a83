// How far a build has come, and which of two reports of it is the later one. Pure.
#pragma once

#include <optional>

#include "reporter/reporter.hpp"

namespace carillon::reporter {

enum class Phase {
  waiting,   // its request has no build yet
  started,   // it runs
  retried,   // it ended, and will be repeated: nothing is decided
  finished,  // the last word: also for a request that ended without a build
};

struct Progress {
  Phase phase = Phase::started;
  // Of what has ended.
  std::optional<Results> results;
};

// For reports about one build or one request. A finished build without results counts as an exception.
Progress progress_of(const Details& details);

// Delivery::rank for the state of something that several builds report in turn, such as a commit's status:
// the later request wins over the earlier one, within a request the later build, within a build the later
// phase. It needs no clock of ours, so a report that was held up anywhere cannot pass for a newer one.
std::int64_t rank_of(const Details& details);

}  // namespace carillon::reporter
