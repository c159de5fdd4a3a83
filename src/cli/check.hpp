// carillon check
#pragma once

#include <string>

namespace carillon::cli {

class OfflineRuntime;

struct CheckOptions {
  std::string config;
  bool json = false;
};

// Loads the configuration, makes every reporter and master, and lets each reporter word an example of every
// event that its rule wants. Nothing is sent. Returns 0, or 1 with every problem on standard error (or as
// JSON).
int check_configuration(const CheckOptions& options);
// The same in a runtime that there is already.
int check_configuration(const CheckOptions& options, OfflineRuntime& runtime);

}  // namespace carillon::cli
