// Logins in URLs of texts that others have written: "https://ci:hunter2@git.example.org/bell.git". Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace carillon {

// Each login with a password, or with a name that is as long as a token, as "***": "https://ci:***@git...".
// In JSON, and in it only, a '/' may be written as "\/". "git@" and the like stay.
std::string without_logins(std::string text);

// Whether it would change the text.
bool has_logins(std::string_view text);

// The same in each text of the object, however deep; names of members stay. False: there was none.
bool hide_logins(json::object& object);
bool hide_logins(json::value& value);

}  // namespace carillon
