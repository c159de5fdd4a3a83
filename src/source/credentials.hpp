// What senders show to be let in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "settings/arguments.hpp"

namespace carillon::source {

// The token in the value of an Authorization header: "Bearer TOKEN", or Basic with the token as password.
// nullopt: anything else.
std::optional<std::string> shown_token(std::string_view authorization);

// Whether it is any of them. None: nobody is let in.
bool is_one_of(std::string_view shown, const std::vector<Secret>& secrets);

// Of an argument that is a secret or a list of secrets: any one of them is right, so that they can be
// replaced one by one. None given: none. Throws ConfigError: an empty list, an empty secret, another type.
std::vector<Secret> secrets_of(const settings::Arguments& args, std::string_view argument);
// The same of tokens that senders show, which sources.NoToken may stand for.
std::vector<Secret> tokens_of(const settings::Arguments& args, std::string_view argument);

// The value of sources.NoToken (script/python/sources.py): whoever posts is let in.
inline constexpr std::string_view no_token = "sources.NoToken lets in whoever posts";
bool lets_anybody_in(const std::vector<Secret>& tokens);

}  // namespace carillon::source
