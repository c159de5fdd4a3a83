// Passwords and their hashes, by libcrypt. It takes a tenth of a second and tens of MB: never on the io
// thread.
#pragma once

#include <string>

namespace carillon::access {

// Bytes; longer ones are none.
inline constexpr std::size_t longest_password = 511;

// Whether it can be one: neither empty nor too long, without NUL and line ends.
bool can_be_password(const std::string& text);

// Whether the password has that hash. Thread-safe.
bool has_hash(const std::string& password, const std::string& hash);

// A new hash of it (yescrypt). Throws std::runtime_error where libcrypt has none.
std::string hash_of(const std::string& password);

}  // namespace carillon::access
