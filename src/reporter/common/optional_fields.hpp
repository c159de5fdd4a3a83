// What a status can do without: a service that refuses it for that gets it again without, with a note. Pure.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "transport/http.hpp"

namespace carillon::reporter {

// The build's page, for a service that takes http(s) URLs of at most max_chars characters. nullopt: it has
// none, or another kind of one, which the notes then say.
std::optional<std::string> status_link(const json::object& build, std::size_t max_chars,
                                       std::vector<std::string>& notes);

// The text with U+FFFD for each character above U+FFFF, which GitHub refuses; replaced: whether there was
// one.
std::string without_astral(std::string_view text, bool& replaced);

// The same for a name that tells things apart: "U+1F680" instead of the character.
std::string spelled_astral(std::string_view text, bool& replaced);

// Which of the body's members a refusal (400 or 422) is about, as GitHub ({"errors": [{"field"}]}), GitLab
// ({"message": {NAME: [...]}}), Bitbucket Cloud ({"error": {"fields": {NAME: [...]}}}) and Bitbucket Server
// ({"errors": [{"context"}]}) say it.
std::vector<std::string> refused_members(const http::Response& response,
                                         std::initializer_list<std::string_view> members);

// Takes those of the members that the refusal is about out of the body, and says so ("; without target_url,
// which the service refuses"); "": it is about none of them.
std::string drop_refused(const http::Response& response, json::object& body,
                         std::initializer_list<std::string_view> members);

}  // namespace carillon::reporter
