// carillon resend, drop, pause, go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/place.hpp"

namespace carillon::cli {

struct ResendOptions {
  // Else all of that state and reporter (empty: any).
  std::optional<std::int64_t> id;
  std::string state, reporter;
  // Do not ask.
  bool yes = false;
  // Until it is known what came of it.
  bool wait = false;
};

struct PauseOptions {
  std::string reporter;
  // As people write it: how long, or until when; one of them.
  std::string lasting, until;
  std::string why;
};

// Each returns the exit code and prints to standard output, errors to standard error, and notes in the audit
// log what the user did. They throw settings::ConfigError or store::Error.
int resend(const Place& place, const ResendOptions& options);
int drop_delivery(const Place& place, std::int64_t id);
// Everything of the reporter that is not delivered.
int drop_all_of(const Place& place, const std::string& reporter, bool yes);
int pause_reporter(const Place& place, const PauseOptions& options);
// Ends a pause, whoever asked for it.
int resume_reporter(const Place& place, const std::string& reporter);

}  // namespace carillon::cli
