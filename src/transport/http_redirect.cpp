#include "transport/http_redirect.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/url.hpp"
#include "transport/http_target.hpp"

namespace carillon::http {
namespace {

// Path and query.
std::string_view resource_of(const Url& url) {
  return {url.path.data(), url.path.size() + url.query.size()};
}

// RFC 3986, 5.2, without taking ".." away: the server does that.
std::string resolve(const Url& base, std::string_view location) {
  location = location.substr(0, location.find('#'));
  const auto scheme_end = location.find("://");
  if (scheme_end < location.find_first_of("/?")) return std::string(location);
  std::string resolved(base.scheme);
  resolved += ':';
  if (location.starts_with("//")) return resolved.append(location);
  resolved.append("//").append(base.login).append(base.authority());
  if (location.starts_with('/')) return resolved.append(location);
  std::string_view path = base.path;
  if (!location.starts_with('?')) path = path.substr(0, path.rfind('/') + 1);
  if (path.empty()) resolved += '/';
  return resolved.append(path).append(location);
}

// Whether it is the same server: nobody else gets the credentials, nor what is reported.
bool is_same_server(const Target& from, const Target& to) {
  if (from.host != to.host) return false;
  if (!from.secure && to.secure) return true;
  return from.secure == to.secure && from.port == to.port;
}

// A server that went to https says so with any status, and has done nothing yet.
bool only_goes_to_https(const Target& from, const Target& to) {
  return !from.secure && to.secure && from.path == to.path && from.query == to.query;
}

// What was asked for by the old URL is in the new one already where the server repeats the query.
void take_out(std::string& url, const std::string& secret_query) {
  const auto at = secret_query.empty() ? std::string::npos : url.rfind(secret_query);
  if (at == std::string::npos || at == 0 || (url[at - 1] != '?' && url[at - 1] != '&')) return;
  url.erase(at - 1, secret_query.size() + 1);
}

}  // namespace

bool redirect(Request& request, const Response& response) {
  const int status = response.status;
  const bool known = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  const auto location = response.header("location");
  if (!known || !location || trim(*location).empty() || request.redirects <= 0) return false;
  const auto base = Url::parse(request.url);
  if (!base) return false;
  std::string next = resolve(*base, trim(*location));
  take_out(next, request.secret_query);
  const auto from = parse_target(request.url);
  const auto to = parse_target(next);
  if (!from || !to || !is_same_server(*from, *to)) return false;
  const bool asks = request.method == "GET" || request.method == "HEAD";
  const bool repeats = status == 307 || status == 308 || (status != 303 && request.redirects_repeat) ||
                       (status != 303 && only_goes_to_https(*from, *to));
  if (!asks && !repeats) return false;
  // Nobody but the configuration says who we are.
  const auto url = Url::parse(next);
  std::string whole(url->scheme);
  whole.append("://").append(base->login).append(url->authority()).append(resource_of(*url));
  request.url = std::move(whole);
  --request.redirects;
  return true;
}

std::chrono::milliseconds time_until(std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(left, milliseconds(1));
}

}  // namespace carillon::http
