// Secrets that a configuration holds without util.Secret.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/arguments.hpp"

namespace carillon::server {

// Whether a header, a parameter or the like of that name probably holds a secret: "X-Api-Key", "token" ...
bool is_secret_name(std::string_view name);

// What is for the Redactor besides Arguments::secrets(): passwords and parameters with such names in the
// addresses among the values, and the values of headers with such names. What is no password counts from
// 8 characters on.
std::vector<std::string> likely_secrets(const settings::Schema& schema, const settings::Arguments& args);

}  // namespace carillon::server
