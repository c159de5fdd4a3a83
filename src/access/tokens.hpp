// Tokens of programs: c['www']['tokens']. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/caller.hpp"
#include "settings/web_access.hpp"

namespace carillon::access {

class Tokens {
 public:
  explicit Tokens(const std::vector<settings::WebToken>& tokens = {});

  struct Known {
    std::string name;
    Role role = Role::none;
  };
  // Whose it is; null: nobody's. How long it takes says nothing of the tokens.
  const Known* find(std::string_view shown) const;

 private:
  struct Entry {
    // SHA-256 of the token.
    std::string digest;
    Known known;
  };
  std::vector<Entry> entries_;
};

// What the header Authorization shows.
struct Shown {
  // "Bearer TOKEN".
  std::string bearer;
  // Basic; empty: it is not.
  std::string user;
  std::string password;
  bool basic = false;

  // What may be a token.
  const std::string& text() const { return basic ? password : bearer; }
};
// nullopt: neither of the two, or broken.
std::optional<Shown> shown_in(std::string_view authorization);

}  // namespace carillon::access
