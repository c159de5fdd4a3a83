// What c['www'] says of those who use the dashboard.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/secret.hpp"

namespace carillon::settings {

// www.Passwords(...): accounts in a file.
struct PasswordFile {
  // Absolute path.
  std::string file;
  // Each "ADDRESS/PREFIX": those whose X-Forwarded-For is believed.
  std::vector<std::string> proxies;
};

// www.ForwardedUser(...): a proxy says who it is.
struct ForwardedUser {
  // In lower case.
  std::string header;
  // Likewise; empty: nobody is in a group.
  std::string groups;
  // Each "ADDRESS/PREFIX", at least one: nobody else is believed.
  std::vector<std::string> proxies;
};

// www.OpenIDConnect(...): another server knows who it is.
struct OpenIdConnect {
  // "https://id.example.org/", as it calls itself.
  std::string issuer;
  std::string client_id;
  // Empty: a client without one.
  Secret client_secret;
  // The claim that is the name; likewise of the groups, empty: nobody is in a group.
  std::string user;
  std::string groups;
  std::vector<std::string> scopes;
  std::vector<std::string> proxies;
};

struct WebToken {
  std::string name;
  // "feeds", "viewer", "operator" or "admin".
  std::string role;
  Secret text;
};

struct WebAccess {
  // "FILE:LINE" of www.X(...); empty: there is none.
  std::string where;
  std::variant<std::monostate, PasswordFile, ForwardedUser, OpenIdConnect> auth;
  // The role of those whom nobody knows, up to "viewer"; nullopt: it is not said.
  std::optional<std::string> anonymous;
  // Role to names: "alice", "group:ci", "*" for all who are known.
  std::vector<std::pair<std::string, std::vector<std::string>>> roles;
  std::vector<WebToken> tokens;
  // Beside those of `auth`: whose X-Forwarded-For is believed.
  std::vector<std::string> proxies;
  // Viewers see no address of others.
  bool privacy = false;
};

}  // namespace carillon::settings
