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
  // "HEAD" where a client asks so, though a GET route answers it.
  std::string method;
  // Without the query.
  std::string path;
  // Without '?'; may hold secrets, so it is never logged.
  std::string query;
  // The header's value.
  std::string authorization;
  std::string content_type;
  // All of them by their names in lower case; of one that comes several times the values stand with ", "
  // between them. They may hold secrets.
  std::map<std::string, std::string, std::less<>> headers;
  // What stands in the places of the route's path ("/hook/{name}"), decoded.
  std::map<std::string, std::string, std::less<>> parameters;
  // Of the other side, as limits per address know it: address_of().
  std::string address;
  // Another node of the same cluster passed it on (relayed.hpp).
  bool relayed = false;
  // The other side's own, exactly; an IPv4 address is one also where it came mapped into IPv6.
  std::string peer;
};

// Its value; "" where it did not come. name: in lower case. Lives as long as the head.
std::string_view header(const Head& head, std::string_view name);

struct Request : Head {
  std::string body;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // Where it is set, the body goes on with what it yields, piece by piece (chunked), until nullopt; never
  // called after that, nor for HEAD. It may wait as long as it likes; when the other side has closed its half
  // of the connection, that wait is cancelled and it is destroyed.
  std::function<asio::awaitable<std::optional<std::string>>()> more;
};

// A JSON object {"error": text} with the status.
Response error_response(int status, std::string_view text);
// The same with Retry-After; at least a second.
Response busy_response(int status, std::string_view text, std::chrono::seconds retry_after);

using Handler = std::function<asio::awaitable<Response>(Request)>;

// Who may: asked with the header alone, before any of the body is read. A value is the answer, and the
// handler is not called.
using Refuse = std::function<std::optional<Response>(const Head&)>;
// Whether this route is meant, of several with one path: by the token that the header shows.
using Admits = std::function<bool(const Head&)>;

struct Route {
  Handler handler;
  // Bytes; more is answered 413 before it is read.
  std::size_t max_body = 0;
  // null: everybody may.
  Refuse refuse = nullptr;
  // null: it is for everybody.
  Admits admits = nullptr;
  // It is not logged.
  bool secret_path = false;
  // What is answered where the handler throws; null: error_response().
  std::function<Response()> broken = nullptr;
};

}  // namespace carillon::web
