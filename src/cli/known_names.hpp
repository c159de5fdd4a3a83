// Names that a person typed, compared with those there are.
#pragma once

#include <string>

#include "server/roster_record.hpp"
#include "store/ledger.hpp"

namespace carillon::cli {

// Throws settings::ConfigError, with a guess at what was meant, where neither the server nor the database
// knows the name.
void require_reporter(store::Ledger& ledger, const server::RosterRecord& roster, const std::string& name);
void require_builder(store::Ledger& ledger, const std::string& name);

// "nothing was heard of the build 'linx/7'; did you mean the builder 'linux'?", or which builds there are.
std::string nothing_heard(store::Ledger& ledger, const std::string& build);

}  // namespace carillon::cli
