// Which ledger a command is about: that of a database, or of a server.
#pragma once

#include <string>

#include "server/ledger_place.hpp"

namespace carillon::cli {

struct Place : server::LedgerPlace {
  // The URL of a server whose API is asked; empty: there is none, and the database is read.
  std::string server;
};

}  // namespace carillon::cli
