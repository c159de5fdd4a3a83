// The argument `auth`: what Python's requests library takes, as far as it can be had without Python.
#pragma once

#include "settings/arguments.hpp"
#include "transport/http.hpp"

namespace carillon::reporter {

// A pair (user, password), requests.auth.HTTPBasicAuth(...) or requests.auth.HTTPDigestAuth(...). The
// argument is given. Throws settings::ConfigError.
http::Auth read_login(const settings::Arguments& args, std::string_view argument);

// Throws settings::ConfigError where a user, password or token has a line end, as one has that was read out
// of a file: it would never be accepted.
void check_line(const settings::Arguments& args, std::string_view argument, std::string_view text);

}  // namespace carillon::reporter
