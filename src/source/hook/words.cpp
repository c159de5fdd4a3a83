#include "source/hook/words.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace carillon::source::hook {
namespace {

constexpr State ended(Results results) {
  return {Phase::ended, results};
}
constexpr State waits{Phase::waits, Results::success};
constexpr State runs{Phase::runs, Results::success};

using Word = std::pair<std::string_view, State>;
constexpr auto words = std::to_array<Word>({
    {"success", ended(Results::success)},
    {"succeeded", ended(Results::success)},
    {"successful", ended(Results::success)},
    {"neutral", ended(Results::success)},  // GitHub
    {"pass", ended(Results::success)},
    {"passed", ended(Results::success)},
    {"fixed", ended(Results::success)},    // Travis
    {"recover", ended(Results::success)},  // Forgejo
    {"ok", ended(Results::success)},
    {"true", ended(Results::success)},  // Tekton's condition

    {"warnings", ended(Results::warnings)},
    {"warning", ended(Results::warnings)},  // Gitea's commit statuses
    {"success with warnings", ended(Results::warnings)},
    {"passed with warnings", ended(Results::warnings)},  // GitLab's detailed_status
    {"unstable", ended(Results::warnings)},              // Jenkins
    {"partiallysucceeded", ended(Results::warnings)},    // Azure
    {"succeededwithissues", ended(Results::warnings)},
    {"soft failed", ended(Results::warnings)},  // Buildkite

    {"fail", ended(Results::failure)},
    {"failed", ended(Results::failure)},
    {"failure", ended(Results::failure)},
    {"broken", ended(Results::failure)},  // Travis
    {"still failing", ended(Results::failure)},
    {"timed out", ended(Results::failure)},
    {"timeout", ended(Results::failure)},
    {"rejected", ended(Results::failure)},  // Azure
    {"terminal", ended(Results::failure)},  // Spinnaker
    {"false", ended(Results::failure)},     // Tekton's condition

    {"skipped", ended(Results::skipped)},
    {"skip", ended(Results::skipped)},
    {"not built", ended(Results::skipped)},  // Jenkins
    {"not run", ended(Results::skipped)},    // CircleCI

    {"startup failure", ended(Results::exception)},  // GitHub
    {"error", ended(Results::exception)},
    {"errored", ended(Results::exception)},
    {"exception", ended(Results::exception)},
    {"unauthorized", ended(Results::exception)},  // CircleCI

    {"cancelled", ended(Results::cancelled)},
    {"canceled", ended(Results::cancelled)},
    {"cancel", ended(Results::cancelled)},
    {"cancellation", ended(Results::cancelled)},
    {"aborted", ended(Results::cancelled)},
    {"abort", ended(Results::cancelled)},
    {"stopped", ended(Results::cancelled)},
    {"killed", ended(Results::cancelled)},
    {"declined", ended(Results::cancelled)},
    {"stale", ended(Results::cancelled)},  // GitHub
    {"interrupted", ended(Results::cancelled)},

    {"queued", waits},
    {"requested", waits},
    {"waiting", waits},
    {"pending", waits},
    {"action required", waits},  // GitHub: a fork waits for approval
    {"created", waits},
    {"waiting for resource", waits},  // GitLab
    {"waiting for callback", waits},
    {"preparing", waits},
    {"scheduled", waits},
    {"manual", waits},
    {"blocked", waits},
    {"waiting on dependencies", waits},  // Drone
    {"notstarted", waits},               // Azure

    {"in progress", runs},
    {"inprogress", runs},
    {"running", runs},
    {"started", runs},
    {"building", runs},
    {"failing", runs},    // Buildkite: some job has failed already
    {"canceling", runs},  // Azure, GitLab
    {"cancelling", runs},
    {"on hold", waits},  // CircleCI
});

std::string folded(std::string_view word) {
  std::string text(word);
  std::ranges::transform(text, text.begin(), [](char c) {
    if (c == '_' || c == '-') return ' ';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return text;
}

}  // namespace

std::optional<State> state_of(std::string_view word) {
  const auto found = std::ranges::find(words, folded(word), &Word::first);
  if (found == words.end()) return std::nullopt;
  return found->second;
}

Results results_of(std::string_view word) {
  const auto state = state_of(word);
  return state && state->phase == Phase::ended ? state->results : Results::exception;
}

}  // namespace carillon::source::hook
