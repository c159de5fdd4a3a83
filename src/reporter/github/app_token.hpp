// The token of a GitHub App's installation: it lives an hour, and is fetched with the App's private key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/environment.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::github {

struct App {
  // The App's id or client id.
  std::string id;
  // Digits.
  std::string installation;
  // PEM.
  Secret key;
};

// Of token={'app_id': ..., 'installation_id': ..., 'private_key': util.Secret(...)}; nullopt: the argument is
// something else. Throws settings::ConfigError for one that lacks something, and for a key that is no RSA
// key.
std::optional<App> read_app(const settings::Arguments& args, std::string_view argument);

// What the App identifies itself with for the next minutes (a JSON Web Token, RS256). now: seconds. Throws
// std::runtime_error when the key cannot sign.
std::string app_jwt(const App& app, std::int64_t now);

// For Token: each call fetches a new token from the API at base_url. environment: outlives it.
settings::ObjectPtr make_app_token(App app, std::string where, const Environment& environment, Wire wire,
                                   std::string base_url);

}  // namespace carillon::reporter::github
