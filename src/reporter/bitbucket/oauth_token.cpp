#include "reporter/bitbucket/oauth_token.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "reporter/common/debug_log.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::bitbucket {
namespace {

constexpr std::int64_t margin = 60;        // seconds before its end that a token is not used any more
constexpr std::int64_t usual_life = 3600;  // when the answer tells none
constexpr std::int64_t longest_life = 86400;

}  // namespace

OauthToken::OauthToken(const Environment& environment, const Wire& wire, std::string url, Secret key,
                       Secret secret)
    : env_(environment),
      wire_(wire),
      url_(std::move(url)),
      key_(std::move(key)),
      secret_(std::move(secret)) {}

Task<Secret> OauthToken::get() {
  if (!token_.empty() && env_.clock.now() < valid_until_) co_return token_;
  if (const auto under_way = fetch_) {
    boost::system::error_code cancelled;
    co_await under_way->done.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    co_return under_way->outcome;
  }
  const auto mine = std::make_shared<Fetch>(env_.executor);
  fetch_ = mine;
  // Also when this coroutine is given up: nobody may wait for ever.
  struct Ending {
    OauthToken& owner;
    Fetch& fetch;
    ~Ending() {
      owner.fetch_.reset();
      fetch.done.cancel();
    }
  } const ending{*this, *mine};
  mine->outcome = co_await fetch();
  co_return mine->outcome;
}

void OauthToken::refuse(const Secret& token) {
  if (token == token_) token_ = Secret();
}

// Not by exchange(): the answer is the token.
Task<Secret> OauthToken::fetch() {
  http::Request request;
  request.method = "POST";
  request.url = url_;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body = "grant_type=client_credentials";
  request.auth = http::Auth{http::Auth::Scheme::basic, key_.reveal(), secret_};
  request.verify = wire_.verify;
  const std::string shown = "POST " + shown_url(url_);
  if (wire_.debug) log_request(env_, wire_.name, shown, request.body);
  const auto response = co_await env_.http.request(std::move(request));
  if (wire_.debug && response && response->status < 300) {
    env_.log.info(wire_.name, shown + " answered: " + std::to_string(response->status));
  } else if (wire_.debug) {
    log_answer(env_, wire_.name, shown, response);
  }
  if (!response) co_return failed(response);
  if (const auto judged = http::judge(*response, env_.clock.now() / 1000); !judged) {
    Failure failure = judged.error();
    failure.what = "OAuth: no token: " + failure.what;
    co_return failed(std::move(failure));
  }
  boost::system::error_code error;
  const json::value parsed = json::parse(response->body, error);
  const json::object* answer = error ? nullptr : parsed.if_object();
  const auto token = answer != nullptr ? string_at(*answer, "access_token") : std::nullopt;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  if (!token || token->empty() || std::ranges::any_of(*token, is_control)) {
    co_return unreachable("OAuth: the answer holds no access_token");
  }
  const std::int64_t life =
      std::clamp<std::int64_t>(integer_at(*answer, "expires_in").value_or(usual_life), 0, longest_life);
  token_ = Secret(std::string(*token));
  env_.log.hide(token_);
  valid_until_ = env_.clock.now() + (life - std::min(margin, life / 2)) * 1000;
  co_return token_;
}

}  // namespace carillon::reporter::bitbucket
