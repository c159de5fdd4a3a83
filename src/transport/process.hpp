// Programs of this machine, run without a shell.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"

namespace carillon::process {

struct Limits {
  // Then its process group gets SIGTERM.
  std::chrono::milliseconds time = std::chrono::seconds(60);
  // And after so long SIGKILL.
  std::chrono::milliseconds grace = std::chrono::seconds(2);
  // Bytes kept of each stream; the rest is dropped.
  std::size_t output = std::size_t{1} << 20U;
};

// How a program ended.
struct Ended {
  // Its exit code; 0 when a signal ended it.
  int code = 0;
  // Which one; 0: none.
  int signal = 0;
  std::string out;
  std::string err;
};

class Runner {
 public:
  virtual ~Runner() = default;

  // Runs argv[0], looked up in PATH, with this process's environment, nothing on its standard input, and no
  // file of ours open. argv reaches it as it is. Failure: unreachable (it cannot be started; it did not end
  // within the time, and was ended). A cancelled or destroyed call leaves no program behind: its process
  // group is killed; and the program is killed when the thread that called run() ends, however it does.
  // Whatever of its children outlives it by itself (ssh's ControlPersist) is left alone, and holds up
  // nothing.
  virtual Task<Ended> run(std::vector<std::string> argv, Limits limits) = 0;
};

// Uses the executor of the coroutine that calls run().
std::unique_ptr<Runner> make_runner();

// Why a program that ended is taken for failed: "exit code 1: LINE", "ended by signal 9"; the line is the
// first one of its errors that says something. For exit code 0 an empty text.
std::string complaint(const Ended& ended);

}  // namespace carillon::process
