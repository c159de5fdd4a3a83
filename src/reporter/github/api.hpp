// GitHub's REST API as far as both reporters use it.
#pragma once

#include <optional>
#include <string>

#include "reporter/common/commit.hpp"
#include "reporter/common/forge.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/token.hpp"

namespace carillon::reporter::github {

class Api {
 public:
  // Reads token, baseURL, verify, debug and verbose. Throws settings::ConfigError.
  Api(const settings::Arguments& args, const Environment& environment);

  // path: after the base, "/repos/...". body: JSON text, empty for none. Failure: as http::Client::request.
  Task<http::Response> call(std::string method, std::string path, std::string body);

  // The call as it may be shown.
  Shown shown(std::string_view method, const std::string& path, std::string body) const {
    return shown_request(method, place_ + path, std::move(body));
  }

  // What the answer means: http::judge() with GitHub's own rules. Throttled for 60 s: a secondary rate limit
  // without a time.
  Result<void> judge(const http::Response& response) const;

  // The same for the call that delivers.
  Result<Receipt> conclude(const Delivery& delivery, const http::Response& response) const;

  // "github https://api.github.com 1f3a...".
  std::string account() const { return account_name("github", base_url_, token_.identity()); }
  const std::string& place() const { return place_; }  // the base URL, to be shown
  Forge forge() const { return {ForgeKind::github, base_url_}; }

 private:
  Environment env_;
  Wire wire_;
  std::string base_url_;
  std::string place_;
  Token token_;
};

// The types of `token`: a dictionary stands for a GitHub App (app_token.hpp).
std::vector<settings::Type> api_token_types();

// Owner and repository of the commit: of its project when that is "owner/repo", else of its repository's URL.
// nullopt when neither has exactly these two parts; GitHub's paths do not nest.
std::optional<RepositoryPath> repository_of(const Commit& commit);

// Why it has none.
inline constexpr const char* no_repository =
    "no GitHub repository: neither the project nor the repository's URL names owner/repo";

// "/repos/owner/repo", percent-encoded.
std::string path_of(const RepositoryPath& repository);

}  // namespace carillon::reporter::github
