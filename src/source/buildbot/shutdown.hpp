// The shutdown of a master's own process: by a command of the user's, or by signals.
#pragma once

#include <optional>
#include <string>

#include "base/task.hpp"
#include "source/buildbot/buildbot.hpp"
#include "source/buildbot/local_process.hpp"
#include "source/buildbot/settings.hpp"

namespace carillon::source::buildbot {

class ShutDown {
 public:
  // The references outlive this.
  ShutDown(const Settings& settings, const Environment& environment)
      : settings_(settings), environment_(environment) {}

  // Whether run() has a way to do that: a command is trusted to know every word; there is no signal for stop,
  // and none reaches a master that does not run. Reads a few small files.
  bool can(Commands::Shutdown what) const;

  // With shutdown_command: runs it with the word appended, for at most a minute; the first line that it
  // prints is the answer. With basedir: SIGUSR1 for start, after which Buildbot waits for its running builds;
  // SIGTERM for now; there is none for stop. Yields a sentence for the person who asked. Failure: rejected
  // (neither is configured, the command ended badly, the master does not run or cannot be signalled);
  // unreachable (the command cannot be run, or took too long).
  Task<std::string> run(Commands::Shutdown what);

 private:
  Task<std::string> by_command(Commands::Shutdown what);
  Result<std::string> by_signal(Commands::Shutdown what);

  const Settings& settings_;
  const Environment& environment_;
  struct Asked {
    LocalProcess process;
    // Start or now.
    Commands::Shutdown what;
  };
  // Who was signalled last.
  std::optional<Asked> asked_;
};

}  // namespace carillon::source::buildbot
