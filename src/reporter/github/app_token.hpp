// The token of a GitHub App's installation: it lives an hour, and is fetched with the App's private key.
#pragma once

#include <string>

#include "base/github_app.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/environment.hpp"
#include "settings/object.hpp"

namespace carillon::reporter::github {

// For Token: each call fetches a new token from the API at base_url. environment: outlives it.
settings::ObjectPtr make_app_token(GitHubApp app, std::string where, const Environment& environment,
                                   Wire wire, std::string base_url);

}  // namespace carillon::reporter::github
