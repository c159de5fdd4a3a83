// WebSocket connections to other services.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/task.hpp"

namespace carillon::websocket {

struct Options {
  // Ws, wss, http or https; may hold no secret.
  std::string url;
  // Of the upgrade request; values are never shown.
  std::vector<std::pair<std::string, std::string>> headers;
  // Certificate and host name.
  bool verify = true;
  // Until the upgrade is answered.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(20);
  // A peer from which nothing came for half of this is pinged; after all of it the connection counts as lost.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);
  std::size_t max_message = std::size_t{64} << 20U;
};

// Used from the io_context thread. At most one read and one write may be under way at a time.
class Connection {
 public:
  // Drops the connection without a farewell; no operation may be under way.
  virtual ~Connection() = default;

  // The next text or binary message. Failure: unreachable when the connection is lost or closed by the peer,
  // when the peer is silent for too long, or sends what is no WebSocket frame or too large a message.
  virtual Task<std::string> read() = 0;

  // Sends one text message. Failure: unreachable.
  virtual Task<void> write(std::string text) = 0;

  // Says farewell and waits a little for the answer; a read under way ends with a Failure.
  virtual asio::awaitable<void> close() = 0;

  // Drops the connection at once; operations under way end with a Failure.
  virtual void abort() = 0;
};

// Failure: rejected, when the server answered the upgrade with a status of 4xx (the text has the number) or
// the URL is none; unreachable otherwise. The text names the URL without its query.
Task<std::unique_ptr<Connection>> connect(Options options);

}  // namespace carillon::websocket
