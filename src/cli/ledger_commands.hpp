// carillon deliveries, explain, resend, resume, drop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/ledger_place.hpp"

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
  std::size_t limit = 50;
};

// Each returns the exit code and prints to standard output, errors to standard error. They throw
// settings::ConfigError or store::Error.
int list_deliveries(const server::LedgerPlace& place, const DeliveriesOptions& options);
int explain_build(const server::LedgerPlace& place, const std::string& build);
int resend_delivery(const server::LedgerPlace& place, std::int64_t id);
// Ends a pause that a target asked for.
int resume_reporter(const server::LedgerPlace& place, const std::string& reporter);
int drop_delivery(const server::LedgerPlace& place, std::int64_t id);
// Everything of the reporter that is not delivered.
int drop_all_of(const server::LedgerPlace& place, const std::string& reporter);

}  // namespace carillon::cli
