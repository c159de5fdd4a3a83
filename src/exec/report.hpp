// A command as a build, in the words of POST /ingest (doc/ingest.md).
#pragma once

#include <string>

#include "base/clock.hpp"
#include "exec/outcome.hpp"

namespace carillon::exec {

// One run of a command.
struct Job {
  BuildNotes notes;
  std::vector<std::string> command;
  // Of this run and no other, on any machine: letters and digits.
  std::string id;
  // What the machine is called.
  std::string host;
  Millis started = 0;
};

// One line of JSON each, with its line feed. Texts that are no UTF-8 are made so.
std::string start_line(const Job& job);
std::string end_line(const Job& job, const Ending& ending, const Codes& codes, Millis ended,
                     const std::string& log);

// What is reported when nothing was heard of a run any more: the machine stopped, or carillon was killed.
std::string lost_line(const Job& job);

}  // namespace carillon::exec
