#include "transport/http_redirect.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "transport/http_target.hpp"

namespace carillon::http {
namespace {

// A URL that parse_target() takes, in its pieces.
struct Pieces {
  std::string_view scheme;     // "https"
  std::string_view login;      // "user:password@", or empty
  std::string_view authority;  // "host:port"
  std::string_view path;       // with query, without fragment; may be empty
};

Pieces pieces_of(std::string_view url) {
  url = url.substr(0, url.find('#'));
  Pieces pieces;
  const auto scheme_end = url.find("://");
  pieces.scheme = url.substr(0, scheme_end);
  url.remove_prefix(scheme_end + 3);
  const auto path = std::min(url.find_first_of("/?"), url.size());
  pieces.path = url.substr(path);
  pieces.authority = url.substr(0, path);
  const auto at = pieces.authority.rfind('@') + 1;  // 0: there is none
  pieces.login = pieces.authority.substr(0, at);
  pieces.authority.remove_prefix(at);
  return pieces;
}

// RFC 3986, 5.2, without taking ".." away: the server does that.
std::string resolve(std::string_view url, std::string_view location) {
  location = location.substr(0, location.find('#'));
  const Pieces base = pieces_of(url);
  const auto scheme_end = location.find("://");
  if (scheme_end < location.find_first_of("/?")) return std::string(location);
  std::string resolved(base.scheme);
  resolved += ':';
  if (location.starts_with("//")) return resolved.append(location);
  resolved.append("//").append(base.login).append(base.authority);
  if (location.starts_with('/')) return resolved.append(location);
  std::string_view path = base.path.substr(0, base.path.find('?'));
  if (!location.starts_with('?')) path = path.substr(0, path.rfind('/') + 1);
  if (path.empty()) resolved += '/';
  return resolved.append(path).append(location);
}

struct Server {
  std::string scheme;
  std::string host;
  std::string port;
};

Server server_of(const Target& target) {
  Server server;
  const auto scheme_end = target.origin.find("://");
  server.scheme = target.origin.substr(0, scheme_end);
  const std::string authority = target.origin.substr(scheme_end + 3);
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  server.host = authority.substr(0, colon);
  if (colon != std::string::npos) server.port = authority.substr(colon + 1);
  if (server.port.empty()) server.port = server.scheme == "https" ? "443" : "80";
  return server;
}

// Whether it is the same server: nobody else gets the credentials, nor what is reported.
bool is_same_server(const Server& from, const Server& to) {
  if (from.host != to.host) return false;
  if (from.scheme == "http" && to.scheme == "https") return true;
  return from.scheme == to.scheme && from.port == to.port;
}

// A server that went to https says so with any status, and has done nothing yet.
bool only_goes_to_https(const Server& from, const Server& to, std::string_view old_url,
                        std::string_view new_url) {
  const auto rest_of = [](std::string_view url) {
    const auto path = pieces_of(url).path;
    return path.empty() ? std::string_view("/") : path;
  };
  return from.scheme == "http" && to.scheme == "https" && rest_of(old_url) == rest_of(new_url);
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
  std::string url = resolve(request.url, trim(*location));
  take_out(url, request.secret_query);
  const auto from = parse_target(request.url);
  const auto to = parse_target(url);
  if (!from || !to) return false;
  const Server old_server = server_of(*from);
  const Server new_server = server_of(*to);
  if (!is_same_server(old_server, new_server)) return false;
  const bool asks = request.method == "GET" || request.method == "HEAD";
  const bool repeats = status == 307 || status == 308 || (status != 303 && request.redirects_repeat) ||
                       (status != 303 && only_goes_to_https(old_server, new_server, request.url, url));
  if (!asks && !repeats) return false;
  const Pieces pieces = pieces_of(url);
  const Pieces old_pieces = pieces_of(request.url);
  // Nobody but the configuration says who we are.
  request.url = std::string(pieces.scheme)
                    .append("://")
                    .append(old_pieces.login)
                    .append(pieces.authority)
                    .append(pieces.path);
  --request.redirects;
  return true;
}

std::chrono::milliseconds time_until(std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(left, milliseconds(1));
}

}  // namespace carillon::http
