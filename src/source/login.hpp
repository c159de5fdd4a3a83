// Arguments that say where to ask, and as whom.
#pragma once

#include <string>
#include <string_view>

#include "settings/arguments.hpp"
#include "transport/http.hpp"

namespace carillon::source {

// A pair: ("user", util.Secret(...)), for Basic. Throws ConfigError.
http::Auth login_of(const settings::Arguments& args, std::string_view argument);

// An address of http or https without a login and a fragment. Throws ConfigError.
std::string address_of(const settings::Arguments& args, std::string_view argument);

}  // namespace carillon::source
