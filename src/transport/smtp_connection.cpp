#include "transport/smtp_connection.hpp"

#include <algorithm>
#include <boost/asio/ip/host_name.hpp>

#include "transport/lookup.hpp"

namespace carillon::smtp {
namespace {

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

Connection::Connection(const asio::any_io_executor& executor, const Relay& relay, const Limits& limits,
                       net::Trust trust)
    : relay_(relay),
      limits_(limits),
      stream_(std::make_unique<net::Stream>(executor,
                                            net::Peer{.host = relay.host,
                                                      .port = relay.port,
                                                      .tls = relay.tls == Login::Tls::implicit,
                                                      .verify = relay.verify},
                                            std::move(trust))) {}

void Connection::close() {
  reusable_ = false;
  stream_->close();
}

Connection::Time Connection::step_end(std::chrono::milliseconds duration) const {
  return std::min(std::chrono::steady_clock::now() + duration, mail_deadline_);
}

void Connection::rest() {
  mail_deadline_ = Time::max();
  stream_->socket().allow(Time::max());
}

std::string Connection::describe(const error_code& error, const char* what) const {
  const net::Socket& socket = stream_->socket();
  if (socket.timed_out() && std::chrono::steady_clock::now() >= mail_deadline_)
    return "not done within " + net::in_words(mail_limit_);
  if (!socket.timed_out() && net::Stream::is_end(error)) return "connection closed by the relay";
  const std::string why = socket.why(error);
  return socket.timed_out() ? why : std::string(what) + ": " + why;
}

asio::awaitable<error_code> Connection::write() {
  stream_->socket().allow(step_end(limits_.reply));
  return stream_->send(session_->output());
}

asio::awaitable<error_code> Connection::read() {
  stream_->socket().allow(step_end(limits_.reply));
  const auto received = co_await stream_->receive();
  if (!received.error) session_->received(received.bytes);
  co_return received.error;
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
      if (!stream_->socket().timed_out()) {
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
      auto done = co_await stream_->secure(step_end(limits_.connect));
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
  auto connected = co_await stream_->connect(step_end(limits_.connect));
  if (!connected) co_return connected;
  if (relay_.tls == Login::Tls::implicit) {
    auto secured = co_await stream_->secure(step_end(limits_.connect));
    if (!secured) co_return secured;
  }
  error_code ignored;
  const auto& socket = stream_->socket().tcp_socket();
  Login login;
  login.client_name = client_name(socket.local_endpoint(ignored).address());
  login.tls = relay_.tls;
  login.loopback = is_loopback(socket.remote_endpoint(ignored).address());
  login.user = relay_.user;
  login.password = relay_.password;
  login.token = std::move(token);
  session_.emplace(std::move(login));
  auto ready = co_await drive(Session::Step::ready);
  rest();
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
  rest();
  if (!done) co_return tl::unexpected(done.error());
  Outcome outcome = session_->take_outcome();
  reusable_ = session_->step() == Session::Step::ready && !stream_->socket().timed_out();
  co_return outcome;
}

bool Connection::quiet() {
  return reusable_ && stream_->quiet();
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
