#include "transport/smtp_connection.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include "transport/lookup.hpp"
#include "transport/lookups.hpp"
#include "transport/quietly.hpp"

namespace carillon::smtp {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
constexpr std::uint64_t slowest_rate = std::uint64_t{64}
                                       << 10U;  // bytes per second that a large mail may need

// A name that relays accept in EHLO: the host's full name, else the address it speaks from (RFC 5321 4.1.3).
std::string client_name(const asio::ip::address& local) {
  error_code error;
  std::string name = asio::ip::host_name(error);
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  if (!error && plain && name.find('.') != std::string::npos) return name;
  std::string text = local.to_string();
  text = text.substr(0, text.find('%'));
  return local.is_v6() ? "[IPv6:" + text + "]" : "[" + text + "]";
}

bool is_loopback(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

}  // namespace

Connection::Connection(asio::any_io_executor executor, const Relay& relay, const Limits& limits,
                       asio::ssl::context& tls)
    : executor_(std::move(executor)),
      relay_(relay),
      limits_(limits),
      tls_context_(tls),
      socket_(executor_),
      watchdog_(executor_) {}

void Connection::close() {
  reusable_ = false;
  error_code ignored;
  socket_.close(ignored);
  watchdog_.cancel();
}

void Connection::allow(std::chrono::milliseconds duration) {
  step_deadline_ = std::chrono::steady_clock::now() + duration;
  // Deadlines mostly move into the future: the watchdog notices by itself and needs no new timer at every
  // step.
  if (!watching_ || watchdog_.expiry() > std::min(step_deadline_, mail_deadline_)) start_watch();
}

void Connection::start_watch() {
  watching_ = true;
  watchdog_.expires_at(std::min(step_deadline_, mail_deadline_));
  watchdog_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->watch();
  });
}

void Connection::watch() {
  const Time deadline = std::min(step_deadline_, mail_deadline_);
  watching_ = false;
  if (deadline == Time::max()) return;
  if (std::chrono::steady_clock::now() < deadline) return start_watch();
  timed_out_ = true;
  error_code ignored;
  socket_.close(ignored);
}

std::string Connection::describe(const error_code& error, const char* what) const {
  if (timed_out_) {
    return std::chrono::steady_clock::now() >= mail_deadline_
               ? "not done within " + net::in_words(mail_limit_)
               : std::string("time-out");
  }
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
    return "connection closed by the relay";
  return std::string(what) + ": " + error.message();
}

Task<void> Connection::connect() {
  const auto deadline = std::chrono::steady_clock::now() + limits_.connect;
  auto endpoints = co_await net::look_up(executor_, relay_.host, std::to_string(relay_.port), deadline);
  if (!endpoints) co_return tl::unexpected(endpoints.error());
  const auto share = limits_.connect / static_cast<int>(endpoints->size());
  std::string why;
  for (const auto& endpoint : *endpoints) {
    timed_out_ = false;
    socket_ = tcp::socket(executor_);
    allow(share);
    const auto [error] = co_await socket_.async_connect(endpoint, quietly);
    if (!error) {
      error_code ignored;
      socket_.set_option(tcp::no_delay(true), ignored);
      co_return ok();
    }
    why = timed_out_ ? "connect: no answer within " + net::in_words(share) : describe(error, "connect");
  }
  co_return unreachable(why);
}

Task<void> Connection::handshake() {
  tls_.emplace(socket_, tls_context_);
  SSL* ssl = tls_->native_handle();
  error_code not_an_address;
  asio::ip::make_address(relay_.host, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(ssl, relay_.host.c_str());
  if (relay_.verify) {
    SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
    if (not_an_address) {
      SSL_set1_host(ssl, relay_.host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), relay_.host.c_str());
    }
  }
  allow(limits_.connect);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, quietly);
  if (!error) co_return ok();
  const long verified = SSL_get_verify_result(ssl);
  if (relay_.verify && verified != X509_V_OK && !timed_out_) {
    co_return unreachable(std::string("TLS: the certificate is not accepted: ") +
                          X509_verify_cert_error_string(verified));
  }
  co_return unreachable("TLS handshake: " + describe(error, "failed"));
}

asio::awaitable<error_code> Connection::write() {
  const auto bytes = asio::buffer(session_->output());
  allow(limits_.reply);
  if (tls_) {
    const auto [error, size] = co_await asio::async_write(*tls_, bytes, quietly);
    co_return error;
  }
  const auto [error, size] = co_await asio::async_write(socket_, bytes, quietly);
  co_return error;
}

asio::awaitable<error_code> Connection::read() {
  const auto space = asio::buffer(buffer_);
  allow(limits_.reply);
  error_code error;
  std::size_t size = 0;
  if (tls_) {
    std::tie(error, size) = co_await tls_->async_read_some(space, quietly);
  } else {
    std::tie(error, size) = co_await socket_.async_read_some(space, quietly);
  }
  if (!error) session_->received(std::string_view(buffer_.data(), size));
  co_return error;
}

Task<void> Connection::drive(Session::Step until) {
  using Step = Session::Step;
  for (;;) {
    const Step step = session_->step();
    if (step == until) co_return ok();
    if (step == Step::write) {
      const error_code error = co_await write();
      if (!error) {
        session_->wrote();
        continue;
      }
      const std::string why = describe(error, "write");
      // The relay may have said why before it closed.
      if (!timed_out_) {
        session_->wrote();
        const error_code nothing_said = co_await read();
        if (nothing_said) describe(nothing_said, "read");
      }
      if (session_->step() != until && session_->step() != Step::failed) session_->lost(why);
    } else if (step == Step::read) {
      const error_code error = co_await read();
      if (error) session_->lost(describe(error, "read"));
    } else if (step == Step::feed) {
      auto piece = co_await body_->read();
      if (!piece) co_return tl::unexpected(piece.error());
      session_->feed(*piece);
    } else if (step == Step::start_tls) {
      auto done = co_await handshake();
      if (!done) co_return done;
      session_->tls_started();
    } else {
      co_return unreachable(step == Step::failed ? session_->failure() : "connection closed");
    }
  }
}

Task<void> Connection::open() {
  Secret token;
  if (relay_.token) {
    auto made = co_await relay_.token();
    if (!made) co_return tl::unexpected(made.error());
    token = std::move(*made);
  }
  mail_limit_ = limits_.total;
  mail_deadline_ = std::chrono::steady_clock::now() + mail_limit_;
  auto connected = co_await connect();
  if (!connected) co_return connected;
  if (relay_.tls == Login::Tls::implicit) {
    auto secured = co_await handshake();
    if (!secured) co_return secured;
  }
  error_code ignored;
  Login login;
  login.client_name = client_name(socket_.local_endpoint(ignored).address());
  login.tls = relay_.tls;
  login.loopback = is_loopback(socket_.remote_endpoint(ignored).address());
  login.user = relay_.user;
  login.password = relay_.password;
  login.token = std::move(token);
  session_.emplace(std::move(login));
  auto ready = co_await drive(Session::Step::ready);
  mail_deadline_ = step_deadline_ = Time::max();
  reusable_ = ready.has_value();
  co_return ready;
}

Task<Outcome> Connection::send(const Mail& mail) {
  reusable_ = false;
  body_ = mail.body;
  if (body_ != nullptr) {
    std::uint64_t most = session_->max_size();
    if (most > 0 && mail.ascii_head.size() > mail.head_size)
      most -= std::min<std::uint64_t>(most - 1, mail.ascii_head.size() - mail.head_size);
    auto begun = co_await body_->begin(most);
    if (!begun) co_return tl::unexpected(begun.error());
  }
  const auto slowest = std::chrono::seconds(mail.size() / slowest_rate);
  mail_limit_ = limits_.total + slowest;
  mail_deadline_ = std::chrono::steady_clock::now() + mail_limit_;
  session_->begin(mail);
  auto done = co_await drive(Session::Step::done);
  mail_deadline_ = step_deadline_ = Time::max();
  if (!done) co_return tl::unexpected(done.error());
  Outcome outcome = session_->take_outcome();
  reusable_ = session_->step() == Session::Step::ready && !timed_out_;
  co_return outcome;
}

bool Connection::quiet() {
  if (!reusable_ || (tls_ && SSL_pending(tls_->native_handle()) > 0)) return false;
  return net::Lookups::of(executor_).may_serve_again(socket_);
}

asio::awaitable<void> Connection::quit() {
  if (session_ && session_->step() == Session::Step::ready) {
    mail_deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    session_->quit();
    auto ignored = co_await drive(Session::Step::closed);
  }
  close();
}

}  // namespace carillon::smtp
