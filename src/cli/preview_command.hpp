// carillon preview
#pragma once

#include <optional>
#include <string>

#include "server/ledger_place.hpp"

namespace carillon::cli {

struct PreviewOptions {
  std::string reporter;
  std::string build;
  std::string event;                // "new", "finished", "buildset"; empty: the latest of them
  std::optional<std::string> open;  // a mail goes into this file (empty: a temporary one) and is opened
};

// Words the build for the reporter and shows it, as its target would see it. Nothing is stored or sent;
// sources are asked, nothing more. Returns 0, also when there is nobody to tell. Throws settings::ConfigError
// and store::Error.
int preview(const server::LedgerPlace& place, const PreviewOptions& options);

}  // namespace carillon::cli
