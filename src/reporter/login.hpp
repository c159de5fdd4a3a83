// The argument `auth`: what Python's requests library takes, as far as it can be had without Python.
#pragma once

#include "settings/arguments.hpp"
#include "transport/http.hpp"

namespace carillon::reporter {

// A pair (user, password), requests.auth.HTTPBasicAuth(...) or requests.auth.HTTPDigestAuth(...). The
// argument is given. Throws settings::ConfigError.
http::Auth read_login(const settings::Arguments& args, std::string_view argument);

}  // namespace carillon::reporter
