// Where a CI is, and whose builds are wanted of it: arguments that several sources have. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/arguments.hpp"

namespace carillon::source::hook {

// The argument's http(s) address, ending in '/'. Throws ConfigError, also when it has a login, a query or a
// fragment.
std::string address_of(const settings::Arguments& args, std::string_view argument);

// "acme/app": what a repository may be called. Nothing else becomes part of an address.
bool is_repository(std::string_view text);

// "acme/app", "acme/*"; nullopt: whatever is signed.
using Repositories = std::optional<std::vector<std::string>>;
// The argument's. Throws ConfigError.
Repositories repositories_of(const settings::Arguments& args, std::string_view argument);
bool wants(const Repositories& repositories, std::string_view name);

}  // namespace carillon::source::hook
