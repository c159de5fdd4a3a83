// carillon preview --hook
#pragma once

#include <string>
#include <vector>

#include "server/ledger_place.hpp"

namespace carillon::cli {

struct HookPreviewOptions {
  // The source's name.
  std::string hook;
  // The body of a delivery; "-": standard input.
  std::string file;
  // "X-GitHub-Event: workflow_run".
  std::vector<std::string> headers;
};

// Shows which builds a delivery would become, and what each reporter's rule says of them. Nothing is stored
// or sent. Returns 0; 1 when the source could not take it. Throws settings::ConfigError and store::Error.
int preview_hook(const server::LedgerPlace& place, const HookPreviewOptions& options);

}  // namespace carillon::cli
