#include "exec/outcome.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>

namespace carillon::exec {
namespace {

bool has(const std::vector<int>& codes, int code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string duration_text(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

std::string plain_state(const Ending& ending) {
  if (ending.signal != 0) return "killed by " + signal_name(ending.signal);
  return ending.code == 0 ? "finished" : "exit code " + std::to_string(ending.code);
}

}  // namespace

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

int exit_code(const Ending& ending) {
  if (!ending.not_run.empty()) return ending.not_found ? 127 : 126;
  return ending.signal != 0 ? 128 + ending.signal : ending.code;
}

Results results_of(const Ending& ending, const Codes& codes) {
  if (!ending.not_run.empty() || ending.timed_out) return Results::exception;
  const bool well = ending.signal == 0 && ending.code == 0;
  if (ending.stopped_by != 0 && !well) return Results::cancelled;
  if (ending.signal != 0) return Results::exception;
  if (has(codes.warnings, ending.code)) return Results::warnings;
  if (has(codes.skipped, ending.code)) return Results::skipped;
  return ending.code == 0 ? Results::success : Results::failure;
}

std::string state_of(const Ending& ending) {
  if (!ending.not_run.empty()) return ending.not_run;
  if (ending.timed_out) return "timed out after " + duration_text(*ending.timed_out);
  std::string state = plain_state(ending);
  if (ending.stopped_by != 0 && ending.stopped_by != ending.signal) {
    state += " after " + signal_name(ending.stopped_by);
  } else if (ending.stopped_by != 0) {
    state = "stopped by " + signal_name(ending.stopped_by);
  }
  return state;
}

}  // namespace carillon::exec
