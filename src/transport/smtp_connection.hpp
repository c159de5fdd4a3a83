// One TCP or TLS connection to a relay: drives a Session. Internal to smtp.cpp.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

#include "base/task.hpp"
#include "transport/smtp.hpp"

namespace carillon::smtp {

// Every step ends in bounded time: when a deadline passes the socket is closed and the step fails.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // relay, limits and tls outlive the connection.
  Connection(asio::any_io_executor executor, const Relay& relay, const Limits& limits,
             asio::ssl::context& tls);

  // Connects, and introduces us up to the point where mails can be sent.
  Task<void> open();

  // Whether open() failed because the relay refused the password.
  bool password_refused() const { return session_ && session_->password_refused(); }

  // After open(). Failure::what is what happened, without host and port.
  Task<Outcome> send(const Mail& mail);

  // Whether another mail can be sent.
  bool reusable() const { return reusable_; }
  // Of an idle one: whether it is open, its address is still allowed, and nothing has come since the last
  // reply. What a relay says unasked (a farewell, a second answer) would be taken for the reply to the next
  // command.
  bool quiet();
  // Whether the last mail may have been accepted though its sending failed.
  bool committed() const { return session_ && session_->committed(); }

  // Says goodbye if it can be done quickly, and closes.
  asio::awaitable<void> quit();
  void close();

  using Time = std::chrono::steady_clock::time_point;
  Time idle_since{};

 private:
  Task<void> connect();
  Task<void> handshake();
  // Does what the session asks for until it is at `until`, failed or closed.
  Task<void> drive(Session::Step until);
  asio::awaitable<boost::system::error_code> write();
  asio::awaitable<boost::system::error_code> read();

  void start_watch();
  void watch();
  // The next step must end before then (and before the mail's own deadline).
  void allow(std::chrono::milliseconds duration);
  // Tells a time-out from another error, and rethrows a cancellation from outside.
  std::string describe(const boost::system::error_code& error, const char* what) const;

  asio::any_io_executor executor_;
  const Relay& relay_;
  const Limits& limits_;
  asio::ssl::context& tls_context_;
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  std::optional<Session> session_;
  std::array<char, 4096> buffer_{};
  asio::steady_timer watchdog_;
  bool watching_ = false;
  Time step_deadline_ = Time::max();
  Time mail_deadline_ = Time::max();
  std::chrono::milliseconds mail_limit_{0};  // how long after its beginning that is
  Body* body_ = nullptr;                     // of the mail under way
  bool timed_out_ = false;
  bool reusable_ = false;
};

}  // namespace carillon::smtp
