#include "reporter/common/progress.hpp"

#include "model/build.hpp"

#include <algorithm>

namespace carillon::reporter {
namespace {

constexpr std::int64_t longest_wait = (std::int64_t{1} << 28) - 1;  // seconds between request and build
constexpr std::int64_t last_second = (std::int64_t{1} << 32) - 1;

// Seconds.
std::optional<std::int64_t> time_at(const json::object& build, std::string_view path) {
  const auto seconds = integer_at(build, path);
  return seconds ? std::optional(std::clamp<std::int64_t>(*seconds, 0, last_second)) : std::nullopt;
}

// Buildbot writes the time of the request into the buildset and into the request.
std::optional<std::int64_t> submitted_at(const json::object& build) {
  if (const auto at = time_at(build, "buildrequest.submitted_at")) return at;
  return time_at(build, "buildset.submitted_at");
}

}  // namespace

Progress progress_of(const Details& details) {
  Progress progress;
  if (details.kind == EventKind::request_waiting) {
    progress.phase = Phase::waiting;
    return progress;
  }
  if (details.kind == EventKind::build_started || details.builds.empty()) return progress;
  const auto number = BuildView(details.builds.front()).results();
  progress.results = number ? results_from(*number).value_or(Results::exception) : Results::exception;
  const bool again = details.kind == EventKind::build_finished && progress.results == Results::retry;
  progress.phase = again ? Phase::retried : Phase::finished;
  return progress;
}

std::int64_t rank_of(const Details& details) {
  if (details.builds.empty()) return 0;
  const json::object& build = details.builds.front();
  const Progress progress = progress_of(details);
  const auto submitted = submitted_at(build);
  const auto started = time_at(build, "started_at");
  const bool ended = progress.phase == Phase::retried || progress.phase == Phase::finished;
  // A producer that tells no times: a start knows only its number, which is below every time, so that it
  // never passes an end.
  const auto otherwise = ended ? time_at(build, "complete_at").value_or(details.at / 1000)
                               : BuildView(build).number().value_or(0);
  const std::int64_t born = submitted.value_or(started.value_or(otherwise));
  std::int64_t wait = 0;
  if (progress.phase != Phase::waiting) {
    const auto build_at = started ? started : time_at(build, "complete_at");
    wait = submitted ? build_at.value_or(*submitted) - *submitted : 0;
  }
  return (std::clamp<std::int64_t>(born, 0, last_second) << 31) |
         (std::clamp<std::int64_t>(wait, 0, longest_wait) << 3) | static_cast<std::int64_t>(progress.phase);
}

}  // namespace carillon::reporter
