#include "transport/stream.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <tuple>

#include "transport/lookup.hpp"
#include "transport/quietly.hpp"

namespace carillon::net {
namespace {

using boost::system::error_code;
using namespace std::chrono_literals;

}  // namespace

std::string name_of(const Peer& peer) {
  const bool v6 = peer.host.find(':') != std::string::npos;
  return (v6 ? "[" + peer.host + "]" : peer.host) + ":" + std::to_string(peer.port);
}

asio::ssl::context client_context(const std::string& ca_file) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  error_code error;
  context.set_default_verify_paths(error);
  if (ca_file.empty()) return context;
  context.load_verify_file(ca_file, error);
  if (error) throw std::runtime_error("cannot read the certificates in " + ca_file + ": " + error.message());
  return context;
}

Stream::Stream(asio::any_io_executor executor, Peer peer, asio::ssl::context& context)
    : executor_(std::move(executor)),
      peer_(std::move(peer)),
      context_(context),
      socket_(executor_),
      deadline_(executor_) {}

void Stream::close() {
  closed_ = true;
  error_code ignored;
  socket_.close(ignored);
  deadline_.cancel();
}

void Stream::allow(std::chrono::milliseconds duration) {
  deadline_.expires_after(duration);
  deadline_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (!self || error) return;
    self->timed_out_ = true;
    error_code ignored;
    self->socket_.close(ignored);
  });
}

void Stream::done() {
  deadline_.cancel();
}

std::string Stream::describe(const error_code& error) const {
  if (timed_out_) return "time-out";
  if (closed_) return "closed";
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
    return "connection closed by the other side";
  return error.message();
}

Task<void> Stream::connect(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  auto endpoints = co_await look_up(executor_, peer_.host, std::to_string(peer_.port), deadline);
  if (!endpoints) co_return tl::unexpected(endpoints.error());
  const auto share = limit / static_cast<int>(endpoints->size());
  std::string why;
  for (const auto& endpoint : *endpoints) {
    if (closed_) co_return unreachable("closed");
    timed_out_ = false;
    socket_ = tcp::socket(executor_);
    allow(share);
    const auto [error] = co_await socket_.async_connect(endpoint, quietly);
    done();
    if (!error) {
      error_code ignored;
      socket_.set_option(tcp::no_delay(true), ignored);
      co_return ok();
    }
    why = timed_out_ ? "connect: no answer within " + in_words(share) : "connect: " + describe(error);
  }
  co_return unreachable(why);
}

Task<void> Stream::handshake(std::chrono::milliseconds limit) {
  tls_.emplace(socket_, context_);
  SSL* ssl = tls_->native_handle();
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
  allow(limit);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, quietly);
  done();
  if (!error) co_return ok();
  const long verified = SSL_get_verify_result(ssl);
  if (peer_.verify && verified != X509_V_OK && !timed_out_) {
    co_return unreachable(std::string("TLS: the certificate is not accepted: ") +
                          X509_verify_cert_error_string(verified));
  }
  co_return unreachable("TLS handshake: " + describe(error));
}

Task<void> Stream::open(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  auto connected = co_await connect(limit);
  if (!connected || !peer_.tls) co_return connected;
  const auto left = deadline - std::chrono::steady_clock::now();
  co_return co_await handshake(std::max(std::chrono::ceil<std::chrono::milliseconds>(left), 1ms));
}

void Stream::read_some(asio::mutable_buffer into, Done done) {
  if (tls_) {
    tls_->async_read_some(into, std::move(done));
  } else {
    socket_.async_read_some(into, std::move(done));
  }
}

void Stream::write_some(asio::const_buffer from, Done done) {
  if (tls_) {
    tls_->async_write_some(from, std::move(done));
  } else {
    socket_.async_write_some(from, std::move(done));
  }
}

Task<std::string_view> Stream::read() {
  const auto space = asio::buffer(buffer_);
  error_code error;
  std::size_t size = 0;
  if (tls_) {
    std::tie(error, size) = co_await tls_->async_read_some(space, quietly);
  } else {
    std::tie(error, size) = co_await socket_.async_read_some(space, quietly);
  }
  if (error) co_return unreachable(describe(error));
  co_return std::string_view(buffer_.data(), size);
}

Task<void> Stream::write(std::string_view bytes, std::chrono::milliseconds limit) {
  allow(limit);
  error_code error;
  std::size_t size = 0;
  if (tls_) {
    std::tie(error, size) = co_await asio::async_write(*tls_, asio::buffer(bytes), quietly);
  } else {
    std::tie(error, size) = co_await asio::async_write(socket_, asio::buffer(bytes), quietly);
  }
  done();
  if (error) co_return unreachable("write: " + describe(error));
  co_return ok();
}

}  // namespace carillon::net
