#include "transport/stream.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <tuple>

#include "transport/quietly.hpp"

namespace carillon::net {
namespace {

using boost::system::error_code;

}  // namespace

Trust trust(const std::string& ca_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code error;
  context->set_default_verify_paths(error);
  if (ca_file.empty()) return context;
  context->load_verify_file(ca_file, error);
  if (error) throw std::runtime_error("cannot read the certificates in " + ca_file + ": " + error.message());
  return context;
}

class Stream::Tls {
 public:
  Tls(Socket::tcp::socket& socket, asio::ssl::context& context) : stream(socket, context) {}
  SSL* ssl() { return stream.native_handle(); }
  asio::ssl::stream<Socket::tcp::socket&> stream;
};

Stream::Stream(const asio::any_io_executor& executor, Peer peer, Trust trust)
    : peer_(std::move(peer)), trust_(std::move(trust)), socket_(std::make_shared<Socket>(executor)) {}

Stream::~Stream() = default;

bool Stream::is_end(const error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

std::string Stream::describe(const error_code& error) const {
  const bool ended = is_end(error) && !socket_->timed_out() && !socket_->closed();
  return ended ? "connection closed by the other side" : socket_->why(error);
}

Task<void> Stream::connect(Socket::Time deadline) {
  return socket_->connect(peer_.host, std::to_string(peer_.port), deadline);
}

Task<void> Stream::secure(Socket::Time deadline) {
  tls_ = std::make_unique<Tls>(socket_->tcp_socket(), *trust_);
  SSL* ssl = tls_->ssl();
  error_code not_an_address;
  asio::ip::make_address(peer_.host, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(ssl, peer_.host.c_str());
  if (peer_.verify) {
    SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
    if (not_an_address) {
      SSL_set1_host(ssl, peer_.host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), peer_.host.c_str());
    }
  }
  socket_->allow(deadline);
  const auto [error] = co_await tls_->stream.async_handshake(asio::ssl::stream_base::client, quietly);
  socket_->rest();
  if (!error) co_return ok();
  const long verified = SSL_get_verify_result(ssl);
  if (peer_.verify && verified != X509_V_OK && !socket_->timed_out()) {
    co_return unreachable(std::string("TLS: the certificate is not accepted: ") +
                          X509_verify_cert_error_string(verified));
  }
  co_return unreachable("TLS handshake: " + describe(error));
}

Task<void> Stream::open(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  auto connected = co_await connect(deadline);
  if (!connected || !peer_.tls) co_return connected;
  co_return co_await secure(deadline);
}

void Stream::read_some(asio::mutable_buffer into, Done done) {
  if (tls_) {
    tls_->stream.async_read_some(into, std::move(done));
  } else {
    socket_->tcp_socket().async_read_some(into, std::move(done));
  }
}

void Stream::write_some(asio::const_buffer from, Done done) {
  if (tls_) {
    tls_->stream.async_write_some(from, std::move(done));
  } else {
    socket_->tcp_socket().async_write_some(from, std::move(done));
  }
}

asio::awaitable<Stream::Received> Stream::receive() {
  const auto space = asio::buffer(buffer_);
  error_code error;
  std::size_t size = 0;
  if (tls_) {
    std::tie(error, size) = co_await tls_->stream.async_read_some(space, quietly);
  } else {
    std::tie(error, size) = co_await socket_->tcp_socket().async_read_some(space, quietly);
  }
  co_return Received{error, std::string_view(buffer_.data(), error ? 0 : size)};
}

asio::awaitable<error_code> Stream::send(std::string_view bytes) {
  error_code error;
  std::size_t size = 0;
  if (tls_) {
    std::tie(error, size) = co_await asio::async_write(tls_->stream, asio::buffer(bytes), quietly);
  } else {
    std::tie(error, size) = co_await asio::async_write(socket_->tcp_socket(), asio::buffer(bytes), quietly);
  }
  co_return error;
}

bool Stream::quiet() {
  return (!tls_ || SSL_pending(tls_->ssl()) == 0) && socket_->quiet();
}

Task<std::string_view> Stream::read() {
  const auto received = co_await receive();
  if (received.error) co_return unreachable(describe(received.error));
  co_return received.bytes;
}

Task<void> Stream::write(std::string_view bytes, std::chrono::milliseconds limit) {
  socket_->allow(std::chrono::steady_clock::now() + limit);
  const error_code error = co_await send(bytes);
  socket_->rest();
  if (error) co_return unreachable("write: " + describe(error));
  co_return ok();
}

}  // namespace carillon::net
