#include "cli/place_option.hpp"

#include <CLI/CLI.hpp>

namespace carillon::cli {

void add_place(CLI::App& command, server::LedgerPlace& place) {
  command.add_option("-c,--config", place.config, "the configuration file (default: carillon.cfg)")
      ->type_name("FILE")
      ->envname("CARILLON_CONFIG")
      ->capture_default_str();
  command
      .add_option("--db", place.db_url,
                  "the database, instead of the configuration's: " + std::string(store::known_urls))
      ->type_name("URL");
  command.add_flag("--json", place.json, "print JSON for programs");
}

void add_any_place(CLI::App& command, Place& place) {
  add_place(command, place);
  command
      .add_option("--server", place.server,
                  "instead of a database, the server at this address, over its API (of several nodes all, "
                  "with commas); $CARILLON_TOKEN says who asks")
      ->type_name("URL")
      ->excludes("--db");
}

}  // namespace carillon::cli
