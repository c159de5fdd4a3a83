// carillon test-send
#pragma once

#include <string>

#include "server/ledger_place.hpp"

namespace carillon::cli {

struct TestSendOptions {
  std::string reporter;
  // empty: a made-up one.
  std::string build;
};

// Sends one report through the reporter, once and now: of a made-up build that says it is a test, or the
// present state of the build. Neither the ledger nor its lanes know of it. A reporter that stays connected is
// asked of the running server. Returns 0 when everything was delivered, else 1. Throws settings::ConfigError,
// store::Error and std::runtime_error (the server does not answer).
int test_send(const server::LedgerPlace& place, const TestSendOptions& options);

}  // namespace carillon::cli
