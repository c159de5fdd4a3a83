#include "server/ledger_place.hpp"

#include <filesystem>

#include "server/load.hpp"
#include "settings/error.hpp"
#include "store/open.hpp"

namespace carillon::server {

std::string database_of(const LedgerPlace& place) {
  if (place.db_url.empty()) require_file(place);
  const std::string path =
      place.db_url.empty() ? database_of(load_configuration(place.config)) : file_of_url(place.db_url);
  if (!std::filesystem::exists(path)) {
    throw settings::ConfigError(
        path + " does not exist yet: has `carillon run` been started with this configuration?");
  }
  return path;
}

std::string database_of(const settings::Configuration& configuration) {
  const std::string folder = std::filesystem::path(configuration.file).parent_path().string();
  const auto path = store::path_of_url(configuration.db_url, folder);
  const std::string where = configuration.file + ": c['db']: ";
  if (!path) {
    throw settings::ConfigError(where + "only " + std::string(store::known_urls) + " is supported, not '" +
                                configuration.db_url.substr(0, configuration.db_url.find(':')) +
                                ":...'; for the master.cfg of a Buildbot run `carillon adopt`");
  }
  std::error_code unknown;
  const auto home = std::filesystem::path(*path).parent_path();
  if (std::filesystem::status(home, unknown).type() == std::filesystem::file_type::not_found)
    throw settings::ConfigError(where + "the folder " + home.string() + " does not exist");
  return *path;
}

std::string file_of_url(const std::string& url) {
  const auto path = store::path_of_url(url, "");
  if (!path)
    throw settings::ConfigError("--db: must be " + std::string(store::known_urls) + ", not '" + url + "'");
  return *path;
}

void require_file(const LedgerPlace& place) {
  std::error_code unknown;
  if (place.config == LedgerPlace().config && !std::filesystem::exists(place.config, unknown)) {
    throw settings::ConfigError("there is no " + place.config +
                                " in this folder: give -c FILE, or set CARILLON_CONFIG");
  }
}

}  // namespace carillon::server
