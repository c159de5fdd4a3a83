// carillon deliveries, explain, resend, drop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace carillon::app {

struct LedgerPlace {
  std::string config = "carillon.cfg";
  std::string db_url;  // instead of the configuration's
  bool json = false;
};

struct DeliveriesOptions {
  std::string state;     // empty: all
  std::string reporter;  // empty: all
  std::size_t limit = 50;
};

// Each returns the exit code and prints to standard output, errors to standard error. They throw
// settings::ConfigError or store::DatabaseError.
int list_deliveries(const LedgerPlace& place, const DeliveriesOptions& options);
int explain_build(const LedgerPlace& place, const std::string& build);
int resend_delivery(const LedgerPlace& place, std::int64_t id);
int drop_delivery(const LedgerPlace& place, std::int64_t id);

}  // namespace carillon::app
