// What comes and goes over HTTP, and how a route is declared.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.hpp"

namespace carillon::web {

// What is known of a request before any of its body is read.
struct Head {
  std::string method;         // "HEAD" where a client asks so, though a GET route answers it
  std::string path;           // without the query
  std::string query;          // without '?'; may hold secrets, so it is never logged
  std::string authorization;  // the header's value
  std::string content_type;
  std::map<std::string, std::string, std::less<>> own_headers;  // those that begin with "x-", in lower case
  std::string address;  // of the other side, as limits per address know it: address_of()
};

struct Request : Head {
  std::string body;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// A JSON object {"error": text} with the status.
Response error_response(int status, std::string_view text);
// The same with Retry-After; at least a second.
Response busy_response(int status, std::string_view text, std::chrono::seconds retry_after);

using Handler = std::function<asio::awaitable<Response>(Request)>;

// Who may: asked with the header alone, before any of the body is read. A value is the answer, and the
// handler is not called.
using Refuse = std::function<std::optional<Response>(const Head&)>;

struct Route {
  Handler handler;
  std::size_t max_body = 0;  // bytes; more is answered 413 before it is read
  Refuse refuse = nullptr;   // null: everybody may
};

// {method, path}. Paths are exact. GET also answers HEAD; another method of a known path is answered 405, an
// unknown path 404.
using Routes = std::map<std::pair<std::string, std::string>, Route>;

// Paths that come and go, asked for after the routes; nullopt: there is none. Their paths may be secret: they
// are not logged.
using FindRoute = std::function<std::optional<Route>(const Head&)>;

}  // namespace carillon::web
