// carillon preview
#pragma once

#include <optional>
#include <string>

#include "server/ledger_place.hpp"

namespace carillon::cli {

struct PreviewOptions {
  std::string reporter;
  std::string build;
  // "new", "finished", "buildset"; empty: the latest of them.
  std::string event;
  // A mail goes into this file (empty: a temporary one) and is opened.
  std::optional<std::string> open;
};

// Words the build for the reporter and shows it, as its target would see it. Nothing is stored or sent;
// sources are asked, nothing more. Returns 0, also when there is nobody to tell. Throws settings::ConfigError
// and store::Error.
int preview(const server::LedgerPlace& place, const PreviewOptions& options);

}  // namespace carillon::cli
