// The HTTP server: ingest, health, later webhooks and the dashboard.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/task.hpp"

namespace carillon::web {

struct Request {
  std::string method;
  std::string path;           // without the query
  std::string query;          // without '?'; may hold secrets, so it is never logged
  std::string authorization;  // the header's value
  std::string content_type;
  std::map<std::string, std::string, std::less<>> own_headers;  // those that begin with "x-", in lower case
  std::string body;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

using Handler = std::function<asio::awaitable<Response>(Request)>;

// Exact paths; another method of a known path is answered 405, an unknown path 404.
using Routes = std::map<std::pair<std::string, std::string>, Handler>;  // {method, path}

// Paths that come and go, asked for after the routes; null: none. Their paths may be secret: they are not
// logged.
using FindHandler = std::function<Handler(const Request&)>;

struct Listen {
  std::string host = "127.0.0.1";
  int port = 0;                                   // 0: chosen by the system
  std::size_t max_body = std::size_t{64} << 20U;  // more is answered 413
  std::chrono::seconds idle_timeout{60};          // for a whole request to arrive, and between requests
};

// HTTP/1.1 with keep-alive. Handlers run on the io_context thread. A handler that throws is answered 500 and
// logged.
class Server {
 public:
  // Binds at once. Throws std::runtime_error with a text for the operator (address in use, not an address).
  Server(asio::any_io_executor io, const Listen& listen, Routes routes, const Log& log,
         FindHandler find = nullptr);
  ~Server();

  int port() const;

  // Accepts nothing new; connections end after the request that they are at.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// A JSON object {"error": text} with the status.
Response error_response(int status, std::string_view text);

}  // namespace carillon::web
