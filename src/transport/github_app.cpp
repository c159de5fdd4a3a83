#include "transport/github_app.hpp"

#include "base/json.hpp"

namespace carillon::http {

Task<Secret> installation_token(Client& http, GitHubApp app, std::string base_url, bool verify,
                                std::int64_t now) {
  Request request;
  request.method = "POST";
  request.url = base_url + "/app/installations/" + app.installation + "/access_tokens";
  request.headers.emplace_back("Accept", "application/vnd.github.v3+json, application/json");
  request.headers.emplace_back("Authorization", "Bearer " + app_jwt(app, now));
  request.verify = verify;
  const auto response = co_await http.request(std::move(request));
  if (!response) co_return failed(response);
  if (const auto judged = judge(*response, now); !judged) {
    Failure failure = judged.error();
    failure.what = "asking for the installation's token: " + failure.what;
    co_return failed(std::move(failure));
  }
  boost::system::error_code error;
  const json::value answer = json::parse(response->body, error);
  const auto token = !error && answer.is_object() ? string_at(answer.get_object(), "token") : std::nullopt;
  if (!token) co_return unreachable("asking for the installation's token: the answer holds none");
  co_return Secret(std::string(*token));
}

}  // namespace carillon::http
