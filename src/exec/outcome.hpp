// How a command ended, and what is made of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "exec/options.hpp"
#include "model/results.hpp"

namespace carillon::exec {

struct Ending {
  // Why it could not be started; empty: it ran.
  std::string not_run;
  bool not_found = false;
  // Its exit code; 0 when a signal ended it.
  int code = 0;
  // Which one; 0: none.
  int signal = 0;
  // It was ended after so long.
  std::optional<std::chrono::milliseconds> timed_out;
  // The signal by which somebody asked us to stop; 0: none.
  int stopped_by = 0;
};

// As shells have it: its exit code; 128 + N when signal N ended it; 127 when there is no such program, 126
// when it cannot be run.
int exit_code(const Ending& ending);

// 0 is success, `codes` say what is warnings and skipped, every other code is failure. A command that could
// not run, was ended by a signal or by the time-out is an exception; one that did not end well after somebody
// asked it to stop is cancelled.
Results results_of(const Ending& ending, const Codes& codes);

// "exit code 3", "killed by SIGKILL", "timed out after 60 s"; "finished" for exit code 0.
std::string state_of(const Ending& ending);

// "SIGTERM", or "signal 40".
std::string signal_name(int number);

}  // namespace carillon::exec
