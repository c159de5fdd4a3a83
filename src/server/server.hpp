// `carillon run`: the composition root of the server.
#pragma once

#include <string>

#include "base/log.hpp"

namespace carillon::server {

struct RunOptions {
  std::string config;
  Log::Level level = Log::Level::info;
  Log::Format format = Log::Format::text;
};

// Runs until SIGTERM or SIGINT (clean shutdown; a second one ends at once); SIGHUP and `carillon reload`
// reload. Returns the exit
// code: 0 after a clean shutdown, 1 when it cannot start (the reason is on standard error). Never returns to
// a state in which Python could be used: the caller leaves by _exit.
int run_server(const RunOptions& options);

}  // namespace carillon::server
