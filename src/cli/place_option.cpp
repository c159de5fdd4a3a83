#include "cli/place_option.hpp"

#include <CLI/CLI.hpp>

namespace carillon::cli {

void add_place(CLI::App& command, server::LedgerPlace& place) {
  command.add_option("-c,--config", place.config, "the configuration file (default: carillon.cfg)")
      ->type_name("FILE")
      ->envname("CARILLON_CONFIG")
      ->capture_default_str();
  command.add_option("--db", place.db_url, "the database, instead of the configuration's: sqlite:///FILE")
      ->type_name("URL");
  command.add_flag("--json", place.json, "print JSON for programs");
}

}  // namespace carillon::cli
