// One TCP or TLS connection, as a client: bytes in both directions. For protocols that stay connected.
#pragma once

#include <array>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.hpp"

namespace carillon::net {

struct Peer {
  std::string host;  // a name or an address
  std::uint16_t port = 0;
  bool tls = false;
  bool verify = true;  // the certificate and its name
};

// "host:port", "[::1]:port".
std::string name_of(const Peer& peer);

// A context for clients: TLS 1.2 and newer, the system's authorities, and those of a PEM file (may be empty).
// Throws std::runtime_error when it cannot be read.
asio::ssl::context client_context(const std::string& ca_file);

// All failures are unreachable; their texts hold no host and port. Cancellation passes through.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  // context outlives the stream; it is used for TLS only.
  Stream(asio::any_io_executor executor, Peer peer, asio::ssl::context& context);

  // Name lookup, TCP and TLS, together within the limit. Once.
  Task<void> open(std::chrono::milliseconds limit);

  // Waits for bytes, for any time; they are valid until the next read. Failure: the connection is over.
  Task<std::string_view> read();

  // Writes all of it; may go on beside a read. Failure: likewise, or not taken within the limit.
  Task<void> write(std::string_view bytes, std::chrono::milliseconds limit);

  // What is under way fails. May be called at any time.
  void close();

  // One read or write as Asio has them, without a limit of time: for a protocol layer of Asio's kind above.
  // The buffer stays valid until done is called; done's cancellation slot and executor are respected.
  using Done = asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;
  void read_some(asio::mutable_buffer into, Done done);
  void write_some(asio::const_buffer from, Done done);
  const asio::any_io_executor& executor() const { return executor_; }

 private:
  using tcp = asio::ip::tcp;
  using error_code = boost::system::error_code;
  Task<void> connect(std::chrono::milliseconds limit);
  Task<void> handshake(std::chrono::milliseconds limit);
  // The socket is closed when the step has not ended by then.
  void allow(std::chrono::milliseconds duration);
  void done();
  std::string describe(const error_code& error) const;

  asio::any_io_executor executor_;
  Peer peer_;
  asio::ssl::context& context_;
  tcp::socket socket_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  asio::steady_timer deadline_;
  std::array<char, 4096> buffer_{};
  bool timed_out_ = false;
  bool closed_ = false;
};

}  // namespace carillon::net
