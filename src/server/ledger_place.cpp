#include "server/ledger_place.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "server/control.hpp"
#include "server/load.hpp"
#include "settings/error.hpp"

namespace carillon::server {

namespace {

// Its scheme, and nothing of a text that is no URL: the rest may hold a password.
std::string kind_of_url(const std::string& url) {
  const std::string scheme = url.substr(0, url.find(':'));
  const bool is_scheme = scheme.size() < url.size() && !scheme.empty() &&
                         std::ranges::all_of(
                             scheme,
                             [](unsigned char c) {
                               return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.' || c == '_';
                             });
  return is_scheme ? "'" + scheme + ":...'" : "a text that is no URL";
}

}  // namespace

FoundDatabase find_database(const LedgerPlace& place) {
  FoundDatabase found;
  if (!place.db_url.empty()) {
    found.database = address_of(place.db_url);
  } else {
    require_file(place);
    const settings::Configuration configuration = load_configuration(place.config);
    found.database = database_of(configuration);
    found.spool = configuration.spool;
  }
  require_database(found.database);
  return found;
}

store::Address database_of(const LedgerPlace& place) {
  return find_database(place).database;
}

void require_database(const store::Address& database) {
  if (!database.is_file() || std::filesystem::exists(database.beside())) return;
  throw settings::ConfigError(
      database.shown() + " does not exist yet: has `carillon run` been started with this configuration?");
}

store::Address database_of(const settings::Configuration& configuration) {
  const std::string folder = std::filesystem::path(configuration.file).parent_path().string();
  const std::string where = configuration.file + ": c['db']: ";
  std::optional<store::Address> address;
  try {
    address = store::address_of_url(configuration.db_url, folder);
  } catch (const store::Error& error) {
    throw settings::ConfigError(where + error.what());
  }
  if (!address) {
    throw settings::ConfigError(where + "only " + std::string(store::known_urls) + " is supported, not " +
                                kind_of_url(configuration.db_url) +
                                "; for the master.cfg of a Buildbot run `carillon adopt`");
  }
  if (!address->is_file()) {
    if (configuration.history_size > 0) {
      throw settings::ConfigError(
          configuration.file +
          ": c['history']: maxSize is not there with PostgreSQL, whose tables do not become "
          "smaller by themselves; give maxAge");
    }
    return *address;
  }
  if (configuration.lease > 0) {
    throw settings::ConfigError(
        where +
        "a file has one server: a lease is for several nodes, which share a database of "
        "PostgreSQL (doc/cluster.md)");
  }
  std::error_code unknown;
  const auto home = std::filesystem::path(address->beside()).parent_path();
  if (std::filesystem::status(home, unknown).type() == std::filesystem::file_type::not_found)
    throw settings::ConfigError(where + "the folder " + home.string() + " does not exist");
  return *address;
}

store::Address address_of(const std::string& url, const std::string& option) {
  try {
    if (auto address = store::address_of_url(url, "")) return *address;
  } catch (const store::Error& error) {
    throw settings::ConfigError(option + ": " + error.what());
  }
  throw settings::ConfigError(option + ": must be " + std::string(store::known_urls) + ", not " +
                              kind_of_url(url));
}

bool is_served(const store::Address& database) {
  return server_runs(database.beside()) || store::is_served(database);
}

void require_file(const LedgerPlace& place) {
  std::error_code unknown;
  if (place.config == LedgerPlace().config && !std::filesystem::exists(place.config, unknown)) {
    throw settings::ConfigError("there is no " + place.config +
                                " in this folder: give -c FILE, or set CARILLON_CONFIG");
  }
}

}  // namespace carillon::server
