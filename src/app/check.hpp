// carillon check
#pragma once

#include <string>

namespace carillon::app {

class Workshop;

struct CheckOptions {
  std::string config;
  bool json = false;
};

// Loads the configuration, makes every reporter and master, and lets each reporter word an example of every
// event that its rule wants. Nothing is sent. Returns 0, or 1 with every problem on standard error (or as
// JSON).
int check_configuration(const CheckOptions& options);
// The same in a workshop that there is already.
int check_configuration(const CheckOptions& options, Workshop& workshop);

}  // namespace carillon::app
