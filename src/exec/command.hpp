// The command as a process.
#pragma once

#include <sys/types.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "exec/outcome.hpp"
#include "exec/relay.hpp"

namespace carillon::exec {

// The signals that are passed on to the command. From here on they come as values instead of ending or
// stopping the process, except those that were ignored before: the command ignores them, too. Made before any
// thread is; one per process.
class Signals {
 public:
  explicit Signals(const asio::any_io_executor& executor);

  struct Heard {
    int number = 0;
    // Whoever is in the foreground of the terminal got it as well.
    bool by_terminal = false;
  };
  asio::awaitable<Heard> next();

 private:
  asio::posix::stream_descriptor descriptor_;
};

// Runs it with our standard input, environment (but for the server's token) and working directory. Its output
// is recorded and passed on as it comes; where our output and errors are one file, or one terminal, it has
// one pipe for both, so that their order is kept. Without a controlling terminal it is the leader of a
// process group, which gets the signals; with one it stays in ours, so that the terminal is its own.
class Command {
 public:
  Command(const asio::any_io_executor& executor, const std::vector<std::string>& argv, bool quiet,
          Record& record);

  // Why it does not run; empty: it does. Then nothing else may be called but ending().
  const std::string& not_run() const { return ending_.not_run; }

  // Resumes when it has ended (its descendants need not have). Cancellable.
  asio::awaitable<void> ended();

  // To the command, or its group.
  void signal(int number) const;
  // A signal that we got.
  void pass_on(const Signals::Heard& heard);
  void timed_out(std::chrono::milliseconds after) { ending_.timed_out = after; }

  // Once it has ended: what it wrote is passed on, and how it ended. Kills what is left of its group when it
  // timed out.
  Ending finish();

  // Why not all of its output was passed on; empty: it was.
  std::string trouble() const;

 private:
  int start(const std::vector<std::string>& argv, int out, int err);

  asio::posix::stream_descriptor end_;
  Record& record_;
  std::vector<std::unique_ptr<Relay>> relays_;
  bool own_group_ = false;
  pid_t pid_ = -1;
  Ending ending_;
};

}  // namespace carillon::exec
