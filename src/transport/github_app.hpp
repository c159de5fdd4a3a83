// The token of a GitHub App's installation.
#pragma once

#include <string>

#include "base/github_app.hpp"
#include "base/task.hpp"
#include "transport/http.hpp"

namespace carillon::http {

// A new one, which is good for an hour. base_url: of the API, without '/' at its end. now: seconds. The
// client outlives it. Failure: as judge() has it for the answer, or unreachable.
Task<Secret> installation_token(Client& http, GitHubApp app, std::string base_url, bool verify,
                                std::int64_t now);

}  // namespace carillon::http
