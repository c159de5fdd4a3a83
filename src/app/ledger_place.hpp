// Which database a command of the command line is about.
#pragma once

#include <string>

namespace carillon::app {

struct LedgerPlace {
  std::string config = "carillon.cfg";
  std::string db_url;  // instead of the configuration's
  bool json = false;
};

// The database's file, which exists. Throws settings::ConfigError.
std::string database_of(const LedgerPlace& place);

// The folder beside it with the files of long logs (spool/spool.hpp).
inline std::string spool_of(const std::string& database) {
  return database + ".spool";
}

}  // namespace carillon::app
