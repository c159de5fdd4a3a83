// carillon replay
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/ledger_place.hpp"

namespace carillon::cli {

struct ReplayOptions {
  std::string since;     // moment.hpp
  std::string until;     // likewise; empty: now
  std::string reporter;  // empty: all that have a rule
  std::string builder;   // empty: all
  // To go on with one that was interrupted: event numbers, as it told them.
  std::optional<std::int64_t> after;
  std::optional<std::int64_t> up_to;
  bool dry_run = false;
  bool yes = false;  // do not ask
};

// Orders reports of what was heard since then again; the running server, or the next one, words and sends
// them. Returns 0, or 1 when it was interrupted or not confirmed. Throws settings::ConfigError,
// store::Error.
int replay(const server::LedgerPlace& place, const ReplayOptions& options);

}  // namespace carillon::cli
