// carillon exec: a command's run, reported as a build.
#pragma once

#include "exec/options.hpp"

namespace carillon::exec {

// Runs the command and reports its start and its end to the server; or, with options.flush, sends what is
// kept. Returns the command's exit code (exec/outcome.hpp), whatever becomes of the report: troubles with
// that are said on standard error. With `flush`: 0 when nothing is left for this server, else 1. The process
// may have one thread only.
int run(const Options& options);

}  // namespace carillon::exec
