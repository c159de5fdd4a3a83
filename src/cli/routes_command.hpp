// carillon routes
#pragma once

#include <string>
#include <vector>

#include "server/ledger_place.hpp"

namespace carillon::cli {

// A build that there is not.
struct RoutesOptions {
  std::string builder, branch, scheduler;
  std::vector<std::string> tags;
  // A result's word, or "running": its start.
  std::string result = "failure";
  // How the build before ended; empty: not known.
  std::string previous;
};

// Prints what each reporter of the configuration would do with such a build. Nothing is asked, stored or
// sent, and no database is needed. Returns 0. Throws settings::ConfigError.
int show_routes(const server::LedgerPlace& place, const RoutesOptions& options);

}  // namespace carillon::cli
