// GerritStatusPush: reviews over ssh (doc/reporters/GerritStatusPush.md).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"
#include "transport/process.hpp"

namespace carillon::reporter::gerrit {

settings::Schema schema();

// What is reported, as the callbacks say: for the rule.
struct Reported {
  // startCB.
  bool started = false;
  // reviewCB.
  bool finished = false;
  // summaryCB; also when neither it nor reviewCB is given.
  bool buildsets = false;
};
Reported reported(const settings::Arguments& args);

// Runs `ssh`. Throws settings::ConfigError: a host or a user that ssh would take for something else, a port
// out of range, an argument for a callback that cannot be handed over.
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment);

// The same over a given runner, for tests.
std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment,
                               std::unique_ptr<process::Runner> runner);

}  // namespace carillon::reporter::gerrit
