// What the outcome of an attempt means for a delivery: the one place where trying again is decided. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "reporter/reporter.hpp"

namespace carillon::pipeline {

struct Attempt {
  int number = 1;      // 1: the first
  Millis created = 0;  // when the delivery was composed
  Millis now = 0;
  Millis give_up_after = 0;            // reporter::Reporter::give_up_after
  Millis longest_pause = 3600 * 1000;  // reporter::Reporter::longest_pause
  double random = 0;                   // 0 <= random < 1, for the jitter
  std::vector<std::string> settled;    // parts that earlier attempts settled
};

struct Verdict {
  DeliveryState state = DeliveryState::delivered;  // delivered, waiting (again at next_at) or dead
  Millis next_at = 0;
  std::string answer;                 // for the ledger: what was answered, or why it is given up
  std::vector<std::string> settled;   // all parts settled so far
  bool target_silent = false;         // the target as a whole did not answer
  std::optional<Millis> pause_until;  // the target as a whole asks for a pause
};

// Never again sooner than the ordinary backoff, whatever was asked for, and never later than that and
// longest_pause.
Verdict judge(const Attempt& attempt, const Result<Receipt>& outcome);

// Full jitter: a random time between 0 and 1 s * 2^(attempt-1), at most 1 h.
inline constexpr Millis longest_backoff = 3600 * 1000;
Millis backoff(int attempt, double random);

}  // namespace carillon::pipeline
