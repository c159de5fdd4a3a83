// Files of accounts: a line NAME:HASH each, as `carillon user hash`, mkpasswd and `htpasswd -B` make them.
// Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::access {

struct Accounts {
  // Name to hash, which crypt_r() understands.
  std::map<std::string, std::string, std::less<>> hashes;
  // What is wrong with a line, which is left out: "3: alice: ...". No hash and no password stands in it.
  std::vector<std::string> complaints;
};

// Empty lines, and those that begin with '#', mean nothing. What is no account of a kind that holds
// (yescrypt, scrypt, bcrypt, SHA-256, SHA-512) is a complaint, and so is a name that comes twice: the first
// counts.
Accounts parse_accounts(std::string_view text);

}  // namespace carillon::access
