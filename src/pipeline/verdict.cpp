#include "pipeline/verdict.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace carillon::pipeline {
namespace {

constexpr Millis second = 1000;
constexpr Millis hour = 3600 * second;
constexpr std::size_t max_answer = 1000;

std::string age_text(Millis age) {
  if (age >= 48 * hour) return std::to_string(age / (24 * hour)) + " days";
  if (age >= 2 * hour) return std::to_string(age / hour) + " hours";
  return std::to_string(age / second) + " seconds";
}

// Bounded before anything is computed with it: services name any number.
Millis asked_pause(const Attempt& attempt, std::chrono::seconds asked) {
  return std::clamp<std::int64_t>(asked.count(), 0, attempt.longest_pause / second) * second;
}

void postpone(const Attempt& attempt, Millis next_at, Verdict& verdict) {
  if (attempt.now - attempt.created >= attempt.give_up_after) {
    verdict.state = DeliveryState::dead;
    verdict.answer = "given up after " + age_text(attempt.now - attempt.created) + ": " + verdict.answer;
    return;
  }
  verdict.state = DeliveryState::waiting;
  verdict.next_at = next_at;
}

Verdict judge_failure(const Attempt& attempt, const Failure& failure) {
  Verdict verdict;
  verdict.settled = attempt.settled;
  verdict.answer = ellipsize(fold_to_line(failure.what), max_answer);
  if (failure.kind == Failure::Kind::rejected) {
    verdict.state = DeliveryState::dead;
    return verdict;
  }
  Millis next_at = attempt.now + backoff(attempt.number, attempt.random);
  if (failure.retry_after)
    next_at = std::max(next_at, attempt.now + asked_pause(attempt, *failure.retry_after));
  if (failure.kind == Failure::Kind::throttled) verdict.pause_until = next_at;
  verdict.target_silent = failure.kind == Failure::Kind::unreachable;
  postpone(attempt, next_at, verdict);
  return verdict;
}

}  // namespace

Millis backoff(int attempt, double random) {
  const int exponent = std::clamp(attempt - 1, 0, 12);
  const Millis limit = std::min(longest_backoff, second << exponent);
  return static_cast<Millis>(static_cast<double>(limit) * random);
}

Verdict judge(const Attempt& attempt, const Result<Receipt>& outcome) {
  if (!outcome) return judge_failure(attempt, outcome.error());
  Verdict verdict;
  verdict.settled = attempt.settled;
  verdict.answer = outcome->answer;
  bool retry = false;
  bool refused = std::any_of(attempt.settled.begin(), attempt.settled.end(),
                             [](const std::string& part) { return part.starts_with('!'); });
  std::string details;
  for (const ReceiptPart& part : outcome->parts) {
    if (part.outcome == ReceiptPart::Outcome::delivered) {
      verdict.settled.push_back(part.name);
      continue;
    }
    details += (details.empty() ? "" : "; ") + part.name + ": " + part.answer;
    if (part.outcome == ReceiptPart::Outcome::retry) {
      retry = true;
    } else {
      refused = true;
      verdict.settled.push_back("!" + part.name);
    }
  }
  if (outcome->pause) verdict.pause_until = attempt.now + asked_pause(attempt, *outcome->pause);
  if (!details.empty()) verdict.answer = details;
  verdict.answer = ellipsize(fold_to_line(verdict.answer), max_answer);
  if (retry) {
    postpone(attempt, attempt.now + backoff(attempt.number + 4, 0.5 + attempt.random / 2), verdict);
  } else if (refused) {
    verdict.state = DeliveryState::dead;
    if (details.empty())
      verdict.answer = "delivered to the others; refused before for some: " + verdict.answer;
  }
  return verdict;
}

}  // namespace carillon::pipeline
