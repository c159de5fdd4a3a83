// One TCP or TLS connection to a relay: drives a Session. Internal to smtp.cpp.
#pragma once

#include <memory>
#include <optional>

#include "base/task.hpp"
#include "transport/smtp.hpp"
#include "transport/stream.hpp"

namespace carillon::smtp {

// Every step ends in bounded time: when a deadline passes the socket is closed and the step fails.
class Connection {
 public:
  // relay and limits outlive the connection. trust: null where TLS is never begun.
  Connection(const asio::any_io_executor& executor, const Relay& relay, const Limits& limits,
             net::Trust trust);

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
  // Does what the session asks for until it is at `until`, failed or closed.
  Task<void> drive(Session::Step until);
  asio::awaitable<boost::system::error_code> write();
  asio::awaitable<boost::system::error_code> read();

  // When a step that begins now must have ended, as the mail must.
  Time step_end(std::chrono::milliseconds duration) const;
  // No mail is under way.
  void rest();
  // Tells a time-out from another error, and rethrows a cancellation from outside.
  std::string describe(const boost::system::error_code& error, const char* what) const;

  const Relay& relay_;
  const Limits& limits_;
  std::unique_ptr<net::Stream> stream_;
  std::optional<Session> session_;
  Time mail_deadline_ = Time::max();
  // How long after its beginning that is.
  std::chrono::milliseconds mail_limit_{0};
  // Of the mail under way.
  Body* body_ = nullptr;
  bool reusable_ = false;
};

}  // namespace carillon::smtp
