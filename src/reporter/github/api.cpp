#include "reporter/github/api.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/github/app_token.hpp"
#include "settings/github_app.hpp"

namespace carillon::reporter::github {
namespace {

constexpr std::size_t max_read = 4096;                      // bytes of an answer that are looked at
constexpr auto secondary_pause = std::chrono::seconds(60);  // "at least one minute", as GitHub documents it

bool says(const std::string& body, std::initializer_list<const char*> words) {
  return std::ranges::any_of(words, [&](const char* word) { return body.find(word) != std::string::npos; });
}

Token token_for(const settings::Arguments& args, const Environment& environment, const Wire& wire,
                const std::string& base_url) {
  auto app = settings::read_app(args, "token");
  if (!app) return {args, "token", environment};
  return {make_app_token(*std::move(app), args.where(), environment, wire, base_url), "token", environment};
}

}  // namespace

Api::Api(const settings::Arguments& args, const Environment& environment)
    : env_(environment),
      wire_(read_wire(args, "github")),
      base_url_(args.given("baseURL") ? base_url(args, "baseURL") : "https://api.github.com"),
      place_(shown_url(base_url_)),
      token_(token_for(args, environment, wire_, base_url_)) {
  wire_.json = true;
}

Task<http::Response> Api::call(std::string method, std::string path, std::string body) {
  http::Request request;
  request.method = std::move(method);
  request.url = base_url_ + path;
  // The second is all that GitHub's API description knows.
  request.headers.emplace_back("Accept", "application/vnd.github.v3+json, application/json");
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  request.needs_body = request.method == "GET";
  request.redirects_repeat = true;  // a repository that was renamed
  auto send = [this, request = std::move(request)](const Secret& token) {
    http::Request with = request;
    with.headers.emplace_back("Authorization", "token " + token.reveal());
    return exchange(env_, wire_, std::move(with));
  };
  co_return co_await with_token(token_, std::move(send));
}

Result<Receipt> Api::conclude(const Delivery& delivery, const http::Response& response) const {
  if (auto judged = judge(response); !judged) return failed(judged);
  return reporter::conclude(env_, wire_, delivery, response);
}

Result<void> Api::judge(const http::Response& response) const {
  auto judged = http::judge(response, env_.clock.now() / 1000);
  if (judged) return judged;
  Failure failure = judged.error();
  const std::string body = lower(std::string_view(response.body).substr(0, max_read));
  const bool refused = response.status == 403 || response.status == 429;
  if (refused && !failure.retry_after && says(body, {"secondary rate limit", "abuse", "rate limit"})) {
    failure.kind = Failure::Kind::throttled;
    failure.retry_after = secondary_pause;
  } else if (response.status == 422 && says(body, {"maximum number of statuses"})) {
    failure.what = "GitHub keeps at most 1000 statuses of one commit and context: " + failure.what;
  }
  return failed(std::move(failure));
}

std::vector<settings::Type> api_token_types() {
  std::vector<settings::Type> types = token_types();
  types.push_back(settings::Type::dict);
  return types;
}

std::optional<RepositoryPath> repository_of(const Commit& commit) {
  for (auto& found : {parse_project(commit.project), parse_repository_url(commit.repository)}) {
    if (found && found->owner.find('/') == std::string::npos) return found;
  }
  return std::nullopt;
}

std::string path_of(const RepositoryPath& repository) {
  return "/repos/" + percent_encode(repository.owner) + "/" + percent_encode(repository.name);
}

}  // namespace carillon::reporter::github
