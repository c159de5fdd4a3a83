// Which database a command of the command line is about.
#pragma once

#include <string>

#include "settings/configuration.hpp"

namespace carillon::server {

struct LedgerPlace {
  std::string config = "carillon.cfg";
  // Instead of the configuration's.
  std::string db_url;
  bool json = false;
};

// The database's file, which exists. Throws settings::ConfigError.
std::string database_of(const LedgerPlace& place);

// The same as the configuration names it; its folder exists.
std::string database_of(const settings::Configuration& configuration);

// Of the option --db. Throws settings::ConfigError where it is no sqlite:///FILE.
std::string file_of_url(const std::string& url);

// Throws settings::ConfigError where nobody named a file and there is none of the usual name.
void require_file(const LedgerPlace& place);

// The folder beside it with the files of long logs (spool/spool.hpp).
inline std::string spool_of(const std::string& database) {
  return database + ".spool";
}

}  // namespace carillon::server
