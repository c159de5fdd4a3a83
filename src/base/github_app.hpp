// A GitHub App, and how it identifies itself.
#pragma once

#include <cstdint>
#include <string>

#include "base/secret.hpp"

namespace carillon {

struct GitHubApp {
  // The App's id or client id.
  std::string id;
  // Digits.
  std::string installation;
  // PEM.
  Secret key;
};

// Whether it is a private RSA key in PEM, without a passphrase.
bool is_rsa_key(const Secret& pem);

// What the App identifies itself with for the next minutes (a JSON Web Token, RS256). now: seconds. Throws
// std::runtime_error when the key cannot sign.
std::string app_jwt(const GitHubApp& app, std::int64_t now);

}  // namespace carillon
