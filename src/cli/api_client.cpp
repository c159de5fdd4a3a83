#include "cli/api_client.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "settings/error.hpp"
#include "store/error.hpp"

namespace carillon::cli {
namespace {

constexpr std::size_t most_levels_of_answer = 32;

std::string base_of(std::string_view server) {
  const auto parsed = Url::parse(server);
  const auto refuse = [](const std::string& why) { throw settings::ConfigError("--server: " + why); };
  // It may hold a password: it is not repeated.
  if (!parsed || !parsed->is_http()) refuse("must be the server's URL, such as https://bell.example.org/");
  if (!parsed->login.empty())
    refuse("holds a user or password: others could see it; set CARILLON_TOKEN to a token instead");
  if (!parsed->query.empty() || !parsed->fragment.empty())
    refuse("must be the address of its first page, without '?' and '#'");
  std::string base(server);
  if (!base.ends_with('/')) base += '/';
  return base;
}

// Of several nodes with one database.
std::vector<std::string> bases_of(std::string_view servers) {
  std::vector<std::string> bases;
  for (const std::string_view server : words_of(servers, ", "))
    bases.push_back(base_of(server));
  if (bases.empty()) bases.push_back(base_of(servers));
  return bases;
}

// Of an answer of the API; nullopt: it is no JSON object.
std::optional<json::object> object_in(const std::string& body) {
  json::parse_options options;
  options.max_depth = most_levels_of_answer;
  boost::system::error_code error;
  json::value value = json::parse(body, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string new_key() {
  std::array<char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw std::system_error(errno, std::generic_category(), "getrandom");
  return hex_encode({bytes.data(), bytes.size()});
}

[[noreturn]] void refuse_address(const std::string& base, const std::string& answer) {
  throw store::Error(base + " has no API of Carillon (it answers " + answer +
                     "): give the address of the dashboard's first page");
}

}  // namespace

Secret token_of_environment() {
  const char* token = std::getenv("CARILLON_TOKEN");
  return Secret(std::string(trim(token == nullptr ? "" : token)));
}

ApiClient::ApiClient(std::string_view server, Secret token, const MakeClient& make)
    : bases_(bases_of(server)),
      base_(bases_.front()),
      token_(std::move(token)),
      client_(make(io_.get_executor())) {
  for (const char c : token_.reveal()) {
    if (c <= ' ' || c == '\x7f' || !is_ascii(c))
      throw settings::ConfigError("CARILLON_TOKEN: has a blank or a character that no token has");
  }
}

std::string ApiClient::Answer::refusal() const {
  std::string text = text_at(body, "error");
  if (const std::string hint = text_at(body, "hint"); !hint.empty()) text += " (" + hint + ")";
  return text.empty() ? "the server answers " + std::to_string(status) : text;
}

std::string ApiClient::why_not_let_in(const http::Response& response) const {
  std::string text;
  if (response.status == 403) {
    text = token_.empty() ? "does not let you do this" : "does not let the token in CARILLON_TOKEN do this";
  } else if (token_.empty()) {
    text = "wants to know who asks: set CARILLON_TOKEN to a token of its c['www']['tokens']";
  } else {
    text = "does not take the token in CARILLON_TOKEN";
  }
  if (const auto body = object_in(response.body)) text += ": " + Answer{response.status, *body}.refusal();
  return text;
}

// One that does not answer, or can reach no node that serves, leaves it to the next one.
Result<http::Response> ApiClient::ask_nodes(const http::Request& request) {
  Result<http::Response> answer;
  for (std::size_t i = 0; i < bases_.size(); ++i) {
    http::Request one = request;
    one.url.insert(0, base_);
    answer = ask_once(std::move(one));
    if (answer && answer->status != 503) break;
    const auto at = std::ranges::find(bases_, base_) - bases_.begin();
    base_ = bases_[(static_cast<std::size_t>(at) + 1) % bases_.size()];
  }
  return answer;
}

Result<http::Response> ApiClient::ask_once(http::Request request) {
  std::optional<Result<http::Response>> answer;
  std::exception_ptr thrown;
  asio::co_spawn(io_, client_->request(std::move(request)),
                 [&](std::exception_ptr error, Result<http::Response> got) {
                   thrown = std::move(error);
                   answer = std::move(got);
                   io_.stop();
                 });
  io_.restart();
  io_.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*answer);
}

ApiClient::Answer ApiClient::ask(http::Request request) {
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_.reveal());
  request.headers.emplace_back("Accept", "application/json");
  const Result<http::Response> answer = ask_nodes(request);
  if (!answer)
    throw store::Error("the server cannot be asked: " + answer.error().what +
                       "; is the address right, and does `carillon run` run there?");
  const http::Response& response = *answer;
  if (response.status == 401 || response.status == 403)
    throw store::Error(base_ + " " + why_not_let_in(response));
  auto body = object_in(response.body);
  const bool ours = body && (response.status < 300 || body->contains("error"));
  if (!ours && response.status < 500) refuse_address(base_, http::shown_answer(response));
  if (!ours || response.status >= 500 || response.status == 429) {
    throw store::Error(base_ + " cannot answer now: " +
                       (ours ? Answer{response.status, *body}.refusal() : http::shown_answer(response)));
  }
  return {response.status, std::move(*body)};
}

void ApiClient::require(const Answer& answer, std::string_view member) const {
  if (answer.body.if_contains(member) == nullptr) refuse_address(base_, "something else");
}

ApiClient::Answer ApiClient::get(std::string_view path) {
  http::Request request;
  request.url = "api/v1/" + std::string(path);
  return ask(std::move(request));
}

ApiClient::Answer ApiClient::remove(std::string_view path) {
  http::Request request;
  request.method = "DELETE";
  request.url = "api/v1/" + std::string(path);
  return ask(std::move(request));
}

ApiClient::Answer ApiClient::post(std::string_view path, const json::object& body) {
  http::Request request;
  request.method = "POST";
  request.url = "api/v1/" + std::string(path);
  request.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", new_key()}};
  request.body = json::serialize(body);
  return ask(std::move(request));
}

}  // namespace carillon::cli
