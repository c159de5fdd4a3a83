#include "chat/events.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace carillon::chat {
namespace {

// From good to bad. A retry is no end, so it compares with nothing.
constexpr std::array<Results, 6> severity = {Results::skipped, Results::success,   Results::warnings,
                                             Results::failure, Results::cancelled, Results::exception};
constexpr std::array<std::string_view, 4> comparing = {"problem", "recovery", "worse", "better"};
constexpr std::array<Results, 4> in_old_names = {Results::success, Results::warnings, Results::failure,
                                                 Results::exception};

std::optional<std::size_t> severity_of(Results results) {
  const auto at = std::find(severity.begin(), severity.end(), results);
  if (at == severity.end()) return std::nullopt;
  return static_cast<std::size_t>(at - severity.begin());
}

bool good(Results results) {
  return results == Results::success || results == Results::warnings;
}

bool bad(Results results) {
  return results == Results::failure || results == Results::exception;
}

// "successToFailure"
std::string old_name(Results from, Results to) {
  std::string word(name(to));
  word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  return std::string(name(from)) + "To" + word;
}

bool is_old_name(std::string_view word) {
  return std::any_of(in_old_names.begin(), in_old_names.end(), [&](Results from) {
    return std::any_of(in_old_names.begin(), in_old_names.end(),
                       [&](Results to) { return word == old_name(from, to); });
  });
}

std::string found(const Events& events, std::string_view word) {
  const auto at = events.find(word);
  return at == events.end() ? std::string() : *at;
}

std::string wanted_change(const Events& events, Results now, Results before) {
  const auto rank_now = severity_of(now);
  const auto rank_before = severity_of(before);
  if (!rank_now || !rank_before) return {};
  // A cancelled build says nothing of what it built: a failure after it would else never be told of.
  if ((good(before) || before == Results::cancelled) && bad(now)) {
    if (auto word = found(events, "problem"); !word.empty()) return word;
  }
  if (bad(before) && good(now)) {
    if (auto word = found(events, "recovery"); !word.empty()) return word;
  }
  if (*rank_now > *rank_before) {
    if (auto word = found(events, "worse"); !word.empty()) return word;
  }
  if (*rank_now < *rank_before) {
    if (auto word = found(events, "better"); !word.empty()) return word;
  }
  return found(events, old_name(before, now));
}

}  // namespace

const std::vector<std::string>& offered_events() {
  static const std::vector<std::string> words = {"started",  "finished",  "success",   "failure",
                                                 "warnings", "exception", "problem",   "recovery",
                                                 "worse",    "better",    "cancelled", "worker"};
  return words;
}

bool is_event(std::string_view word) {
  const auto& offered = offered_events();
  return std::find(offered.begin(), offered.end(), word) != offered.end() || is_old_name(word);
}

bool compares(const Events& events) {
  return std::any_of(events.begin(), events.end(), [](const std::string& word) {
    return std::find(comparing.begin(), comparing.end(), word) != comparing.end() || is_old_name(word);
  });
}

std::string wanted_by(const Events& events, EventKind kind, std::optional<Results> results,
                      std::optional<Results> previous) {
  switch (kind) {
    case EventKind::build_started:
      return found(events, "started");
    case EventKind::worker_missing:
    case EventKind::worker_back:
      return found(events, "worker");
    case EventKind::build_finished:
      break;
    default:
      return {};
  }
  if (auto word = found(events, "finished"); !word.empty()) return word;
  if (!results) return {};
  if (auto word = found(events, name(*results)); !word.empty()) return word;
  if (!previous) return {};
  return wanted_change(events, *results, *previous);
}

}  // namespace carillon::chat
