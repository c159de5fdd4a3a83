#include "app/ledger_place.hpp"

#include <filesystem>

#include "app/load.hpp"
#include "settings/error.hpp"
#include "store/database.hpp"

namespace carillon::app {

std::string database_of(const LedgerPlace& place) {
  std::string url = place.db_url;
  std::string folder;
  if (url.empty()) {
    const settings::Configuration configuration = load_configuration(place.config);
    url = configuration.db_url;
    folder = std::filesystem::path(configuration.file).parent_path().string();
  }
  const auto path = store::sqlite_path(url, folder);
  if (!path) throw settings::ConfigError("the database must be sqlite:///FILE");
  if (!std::filesystem::exists(*path)) {
    throw settings::ConfigError(
        *path + " does not exist yet: has `carillon run` been started with this configuration?");
  }
  return *path;
}

}  // namespace carillon::app
