// carillon replay
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/ledger_place.hpp"

namespace carillon::cli {

struct ReplayOptions {
  // Moment.hpp.
  std::string since;
  // Likewise; empty: now.
  std::string until;
  // empty: all that have a rule.
  std::string reporter;
  // empty: all.
  std::string builder;
  // To go on with one that was interrupted: event numbers, as it told them.
  std::optional<std::int64_t> after;
  std::optional<std::int64_t> up_to;
  bool dry_run = false;
  // Do not ask.
  bool yes = false;
};

// Orders reports of what was heard since then again; the running server, or the next one, words and sends
// them. Returns 0, or 1 when it was interrupted or not confirmed. Throws settings::ConfigError,
// store::Error.
int replay(const server::LedgerPlace& place, const ReplayOptions& options);

}  // namespace carillon::cli
