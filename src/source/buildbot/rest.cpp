#include "source/buildbot/rest.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/buildbot/json_rpc.hpp"

namespace carillon::source::buildbot {
namespace {

constexpr auto timeout = std::chrono::seconds(60);  // a busy master takes its time
constexpr std::size_t max_document = std::size_t{64}
                                     << 20U;  // a log, or 500 builds with all their properties
constexpr int attempts = 3;
constexpr auto between_attempts = std::chrono::milliseconds(500);

// Bytes that may not stand in a URL become %XX; what is encoded already stays.
std::string url_safe(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '<' || c == '>' || c == '#') {
      out += percent_encode(std::string_view(&c, 1));
    } else {
      out += c;
    }
  }
  return out;
}

bool fits_header(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == ';'; });
}

}  // namespace

Task<json::value> Rest::get(std::string path) {
  auto answer = co_await ask(path);
  co_return std::move(answer.document);
}

Task<json::object> Rest::config() {
  auto request = request_for("");
  request.url = settings_.url + "config";
  auto answer = co_await answer_to(request, "config");
  if (!answer.document) co_return failed(answer.document);
  co_return std::move(answer.document->get_object());
}

Task<std::optional<json::value>> Rest::get_up_to(std::string path, std::size_t max_bytes) {
  auto answer = co_await ask(path, max_bytes);
  if (answer.too_large) co_return std::nullopt;
  if (!answer.document) co_return failed(answer.document);
  co_return std::move(*answer.document);
}

Task<std::optional<json::object>> Rest::object(std::string path, std::string_view collection) {
  auto found = co_await objects(path, collection);
  if (!found) co_return failed(found);
  if (found->empty()) co_return std::nullopt;
  co_return std::optional<json::object>(std::move(found->front()));
}

Task<std::vector<json::object>> Rest::objects(std::string path, std::string_view collection) {
  std::string why;
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    if (attempt > 1) co_await sleep_for(between_attempts);
    auto answer = co_await ask(path);
    if (answer.document) {
      auto* items = answer.document->get_object().if_contains(collection);
      std::vector<json::object> objects;
      if (items != nullptr && items->is_array()) {
        for (auto& item : items->get_array()) {
          if (item.is_object()) objects.push_back(std::move(item.get_object()));
        }
        co_return objects;
      }
      why = "the answer has no list '" + std::string(collection) + "'";
      continue;
    }
    why = answer.document.error().what;
    if (answer.document.error().kind == Failure::Kind::rejected) break;
    // 500 and what is no JSON is this one answer's fault; everything else says that the master is not there.
    if (answer.status != 500 && answer.status != 200) {
      co_return failed(answer.document);
    }
  }
  complaints_.add(Complaints::Kind::answer, "goes on without " + path + ": " + why);
  co_return std::vector<json::object>();
}

http::Request Rest::request_for(std::string_view path) const {
  http::Request request;
  request.url = settings_.url + "api/v2/" + url_safe(path.substr(path.starts_with('/') ? 1 : 0));
  request.headers.emplace_back("Accept", "application/json");  // without it the master indents the answer
  request.verify = settings_.verify;
  request.timeout = timeout;
  request.max_body = max_document;
  return request;
}

Task<http::Response> Rest::send(const http::Request& request) {
  auto response = co_await send_once(request);
  const bool refused = response && (response->status == 401 || response->status == 403);
  if (!refused || !settings_.credentials) co_return response;
  forget_session();
  auto logged_in = co_await login();
  if (!logged_in) co_return failed(logged_in);
  co_return co_await send_once(request);
}

Task<http::Response> Rest::send_once(http::Request request) {
  for (auto& header : session_headers())
    request.headers.push_back(std::move(header));
  co_return co_await http_.request(std::move(request));
}

asio::awaitable<Rest::Answer> Rest::ask(const std::string& path, std::optional<std::size_t> max_bytes) {
  auto request = request_for(path);
  if (max_bytes) {
    request.max_body = *max_bytes;
    request.may_be_large = true;
  }
  co_return co_await answer_to(request, path);
}

asio::awaitable<Rest::Answer> Rest::answer_to(const http::Request& request, const std::string& path) {
  auto response = co_await send(request);
  Answer answer;
  if (!response) {
    answer.document = failed(response);
    co_return answer;
  }
  answer.status = response->status;
  answer.too_large = response->too_large;
  if (answer.too_large) co_return answer;
  auto verdict = http::judge(*response, clock_.now() / 1000);
  if (!verdict) {
    verdict.error().what = path + ": " + verdict.error().what;
    answer.document = failed(verdict);
    co_return answer;
  }
  json::parse_options options;
  options.max_depth = 100;
  boost::system::error_code error;
  answer.document = json::parse(response->body, error, {}, options);
  if (error || !answer.document->is_object()) {
    const auto why = error ? error.message() : std::string("not an object");
    answer.document = unreachable(path + ": the answer is not a JSON object (" + why + "): '" +
                                  ellipsize(fold_to_line(valid_utf8(response->body)), 80) + "'");
  }
  co_return answer;
}

Task<json::value> Rest::control(std::string path, std::string method, json::object params) {
  // Otherwise a master that lets anybody call would not know who it was.
  if (settings_.credentials && !has_session()) {
    auto logged_in = co_await login();
    if (!logged_in) co_return failed(logged_in);
  }
  auto call = request_for(path);
  call.method = "POST";
  call.headers.emplace_back("Content-Type", "application/json");
  call.body = json_rpc_call(method, std::move(params), ++calls_);
  const auto response = co_await send(call);
  if (!response) co_return failed(response);
  auto result = json_rpc_result(*response, path, clock_.now() / 1000);
  if (response->status != 500) co_return result;
  // Buildbot does not look whether a force scheduler exists.
  const auto there = co_await ask(path);
  if (there.status == 404) co_return rejected(path + " does not exist");
  co_return result;
}

Task<void> Rest::login() {
  if (!settings_.credentials) co_return ok();
  http::Request request;
  request.url = settings_.url + "auth/login";
  request.verify = settings_.verify;
  request.timeout = timeout;
  request.redirects = 0;  // the cookie comes with it
  request.auth =
      http::Auth{http::Auth::Scheme::basic, settings_.credentials->user, settings_.credentials->password};
  auto response = co_await http_.request(std::move(request));
  if (!response) co_return failed(response);
  take_cookies(*response);
  const bool success = response->status < 400;  // it redirects to the front page
  if (success && has_session()) co_return ok();
  if (success) co_return rejected("the login gave no session cookie");
  auto verdict = http::judge(*response, clock_.now() / 1000);
  Failure failure = std::move(verdict.error());
  failure.what =
      "the login as '" + settings_.credentials->user + "' failed: HTTP " + std::to_string(response->status);
  co_return failed(std::move(failure));
}

void Rest::take_cookies(const http::Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name != "set-cookie") continue;
    const auto pair = std::string_view(value).substr(0, value.find(';'));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string key(trim(pair.substr(0, equals)));
    const std::string content(trim(pair.substr(equals + 1)));
    if (key.empty() || !fits_header(key) || !fits_header(content)) continue;
    std::erase_if(cookies_, [&](const auto& cookie) { return cookie.first == key; });
    if (!content.empty()) cookies_.emplace_back(key, content);
  }
}

std::vector<std::pair<std::string, std::string>> Rest::session_headers() const {
  std::string value;
  for (const auto& [name, content] : cookies_) {
    if (!value.empty()) value += "; ";
    value += name + '=' + content;
  }
  std::vector<std::pair<std::string, std::string>> headers;
  if (!value.empty()) headers.emplace_back("Cookie", std::move(value));
  return headers;
}

}  // namespace carillon::source::buildbot
