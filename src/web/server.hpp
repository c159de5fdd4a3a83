// The HTTP server: ingest, health, metrics, webhooks; later the dashboard.
#pragma once

#include <memory>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "web/listen.hpp"
#include "web/router.hpp"

namespace carillon::web {

struct Serving;

// HTTP/1.1 with keep-alive. What a request is allowed is decided from its header (message.hpp); only then is
// its body read, and a client that expects 100-continue told to send it. Handlers run on the io_context
// thread. A handler that throws is answered 500 and logged. A header that could be understood in two ways is
// answered 400. Connections, bodies and time are bounded (listen.hpp).
class Server {
 public:
  // Binds at once. The references outlive it. `refused` counts, by `why`, what was answered because there was
  // too much of it: "connections", "bodies"; "descriptors" counts connections that had to wait for one.
  // Throws std::runtime_error with a text for the operator (address in use, not an address).
  Server(asio::any_io_executor io, const Listen& listen, const Router& router, const Log& log,
         metrics::Family<metrics::Counter>& refused);
  ~Server();

  int port() const;

  // What other nodes show with what they pass on (relayed.hpp).
  void believe_nodes(std::string password);

  // Accepts nothing new; connections end after the request that they are at.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace carillon::web
