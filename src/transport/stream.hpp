// One TCP or TLS connection, as a client: bytes in both directions.
#pragma once

#include <array>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/buffer.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "transport/peer.hpp"
#include "transport/socket.hpp"

namespace boost::asio::ssl {
class context;
}

namespace carillon::net {

using Trust = std::shared_ptr<asio::ssl::context>;

// For clients: TLS 1.2 and newer; the system's authorities, and those of a PEM file (may be empty). Throws
// std::runtime_error when it cannot be read.
Trust trust(const std::string& ca_file);

// All failures are unreachable; their texts hold no host and port. Cancellation passes through.
class Stream {
 public:
  // trust: may be null where secure() is never called.
  Stream(const asio::any_io_executor& executor, Peer peer, Trust trust);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Name lookup, TCP and, for Peer::tls, TLS, together within the limit. Once.
  Task<void> open(std::chrono::milliseconds limit);

  // The same in two steps. connect() is Socket's. secure() begins TLS on what is connected, at once or when
  // the protocol has got there (STARTTLS): what was read before is not part of it. Checks the certificate,
  // and that it is the host's, for Peer::verify.
  Task<void> connect(Socket::Time deadline);
  Task<void> secure(Socket::Time deadline);

  // Waits for bytes, for any time; they are valid until the next read. Failure: the connection is over.
  Task<std::string_view> read();

  // Writes all of it; may go on beside a read. Failure: likewise, or not taken within the limit.
  Task<void> write(std::string_view bytes, std::chrono::milliseconds limit);

  // What is under way fails. May be called at any time.
  void close() { socket_->close(); }

  // For protocols that have deadlines and words of their own: the socket, and its steps with what became of
  // them. receive(): bytes, valid until the next; none after an error. send(): all of it.
  struct Received {
    Socket::error_code error;
    std::string_view bytes;
  };
  asio::awaitable<Received> receive();
  asio::awaitable<Socket::error_code> send(std::string_view bytes);
  // Whether the other side ended the connection.
  static bool is_end(const Socket::error_code& error);
  Socket& socket() { return *socket_; }
  // As Socket's, with TLS.
  bool quiet();

  // One read or write as Asio has them, without a limit of time: for a protocol layer of Asio's kind above.
  // The buffer stays valid until done is called; done's cancellation slot and executor are respected.
  using Done = asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;
  void read_some(asio::mutable_buffer into, Done done);
  void write_some(asio::const_buffer from, Done done);
  asio::any_io_executor executor() { return socket_->executor(); }

 private:
  class Tls;
  std::string describe(const Socket::error_code& error) const;

  Peer peer_;
  Trust trust_;
  std::shared_ptr<Socket> socket_;
  // Once it is secured.
  std::unique_ptr<Tls> tls_;
  std::array<char, 4096> buffer_{};
};

}  // namespace carillon::net
