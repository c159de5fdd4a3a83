// What the outcome of an attempt means for a delivery: the one place where trying again is decided. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "reporter/reporter.hpp"

namespace carillon::pipeline {

struct Attempt {
  // 1: the first.
  int number = 1;
  // When the delivery was composed.
  Millis created = 0;
  Millis now = 0;
  // reporter::Reporter::give_up_after.
  Millis give_up_after = 0;
  // reporter::Reporter::longest_pause.
  Millis longest_pause = 3600 * 1000;
  // 0 <= random < 1, for the jitter.
  double random = 0;
  // Parts that earlier attempts settled.
  std::vector<std::string> settled;
};

struct Verdict {
  // Delivered, waiting (again at next_at) or dead.
  DeliveryState state = DeliveryState::delivered;
  Millis next_at = 0;
  // For the ledger: what was answered, or why it is given up.
  std::string answer;
  // All parts settled so far.
  std::vector<std::string> settled;
  // The target as a whole did not answer.
  bool target_silent = false;
  // The target as a whole asks for a pause.
  std::optional<Millis> pause_until;
};

// Never again sooner than the ordinary backoff, whatever was asked for, and never later than that and
// longest_pause.
Verdict judge(const Attempt& attempt, const Result<Receipt>& outcome);

// Full jitter: a random time between 0 and 1 s * 2^(attempt-1), at most 1 h.
inline constexpr Millis longest_backoff = 3600 * 1000;
Millis backoff(int attempt, double random);

}  // namespace carillon::pipeline
