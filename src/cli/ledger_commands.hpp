// carillon deliveries, explain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/place.hpp"

namespace carillon::cli {

struct DeliveriesOptions {
  // empty: all.
  std::string state;
  // empty: all.
  std::string reporter;
  std::string builder;
  // A part of it.
  std::string target;
  // As people write it (moment.hpp).
  std::string since;
  bool one_line = false;
  // And then those that come, until somebody interrupts.
  bool follow = false;
  std::size_t limit = 50;
};

struct ExplainOptions {
  std::string build;
  // An address: was it told? Empty: nobody asks.
  std::string who;
};

// Each returns the exit code and prints to standard output, errors to standard error. They throw
// settings::ConfigError or store::Error.
int list_deliveries(const Place& place, const DeliveriesOptions& options);
int explain_build(const Place& place, const ExplainOptions& options);

}  // namespace carillon::cli
