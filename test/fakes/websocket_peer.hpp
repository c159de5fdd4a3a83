// The server's end of one WebSocket connection, for tests. Beast's operations are compiled once, in its .cpp.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>

namespace carillon::fakes {

class WebsocketPeer {
 public:
  explicit WebsocketPeer(boost::asio::ip::tcp::socket socket);
  ~WebsocketPeer();
  WebsocketPeer(const WebsocketPeer&) = delete;
  WebsocketPeer& operator=(const WebsocketPeer&) = delete;

  // Answers the upgrade; head is the request as it was read. Throws boost::system::system_error.
  boost::asio::awaitable<void> accept(std::string head);

  // The next message; nullopt when the connection has ended.
  boost::asio::awaitable<std::optional<std::string>> read();

  // One text message. false: the connection has ended.
  boost::asio::awaitable<bool> write(std::string text);

  // Says that it goes away, and waits for the answer.
  boost::asio::awaitable<void> leave();

  // These bytes beside the protocol.
  boost::asio::awaitable<void> write_raw(std::string bytes);

  // Closes without a word.
  void drop();

  boost::asio::any_io_executor executor();

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace carillon::fakes
