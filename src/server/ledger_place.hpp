// Which database a command of the command line is about.
#pragma once

#include <optional>
#include <string>

#include "settings/configuration.hpp"
#include "store/open.hpp"

namespace carillon::server {

struct LedgerPlace {
  std::string config = "carillon.cfg";
  // Instead of the configuration's.
  std::string db_url;
  bool json = false;
};

// A database, and what its configuration says of long logs.
struct FoundDatabase {
  store::Address database;
  // nullopt: no configuration was read, as the URL was given.
  std::optional<settings::SpoolPlace> spool;
};
// A file exists. Throws settings::ConfigError.
FoundDatabase find_database(const LedgerPlace& place);
// Its database alone.
store::Address database_of(const LedgerPlace& place);

// The same as the configuration names it; the folder of a file exists. Also where the configuration asks for
// what that kind of database has not.
store::Address database_of(const settings::Configuration& configuration);

// Of the URL that an option or argument gives. Throws settings::ConfigError where no such URL is known, with
// a text that names the option and holds no secret.
store::Address address_of(const std::string& url, const std::string& option = "--db");

// Whether a server runs that will send what waits there.
bool is_served(const store::Address& database);

// Throws settings::ConfigError where there is no such file. Whether a server holds anything is seen when it
// is opened.
void require_database(const store::Address& database);

// Throws settings::ConfigError where nobody named a file and there is none of the usual name.
void require_file(const LedgerPlace& place);

}  // namespace carillon::server
