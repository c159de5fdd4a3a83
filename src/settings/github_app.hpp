// reporters.GitHubApp(...), which is sources.GitHubApp, too: an argument that stands for the tokens of a
// GitHub App.
#pragma once

#include <optional>
#include <string_view>

#include "base/github_app.hpp"
#include "settings/arguments.hpp"

namespace carillon::settings {

// Of token={'app_id': ..., 'installation_id': ..., 'private_key': util.Secret(...)}; nullopt: the argument is
// something else. Throws ConfigError for one that lacks something, and for a key that is no RSA key.
std::optional<GitHubApp> read_app(const Arguments& args, std::string_view argument);

}  // namespace carillon::settings
