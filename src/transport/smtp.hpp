// Sends mail to one relay over a few connections that are kept open.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/task.hpp"
#include "transport/smtp_protocol.hpp"

namespace carillon::smtp {

struct Relay {
  std::string host = "localhost";
  std::uint16_t port = 25;
  Login::Tls tls = Login::Tls::none;
  // Certificate and host name.
  bool verify = true;
  // PEM, trusted in addition to the system's authorities; may be empty.
  std::string ca_file;
  // empty: no AUTH.
  std::string user;
  Secret password;
  // Makes one for each login (XOAUTH2), instead of the password; may be empty.
  std::function<Task<Secret>()> token;
};

// How long a relay that refused the password is not asked again: some lock an account after a few wrong ones.
inline constexpr std::chrono::seconds password_pause{3600};

struct Limits {
  std::size_t connections = 8;
  // Name lookup and TCP together, and TLS.
  std::chrono::milliseconds connect = std::chrono::seconds(30);
  // RFC 5321 4.5.3.2; also for taking what is written.
  std::chrono::milliseconds reply = std::chrono::minutes(5);
  // For one mail once it has a connection; for a large one, 1 s more per 64 KB.
  std::chrono::milliseconds total = std::chrono::minutes(15);
  // An unused connection is closed after this.
  std::chrono::milliseconds idle = std::chrono::seconds(5);
};

class Client {
 public:
  virtual ~Client() = default;

  // Sends the mail once. Waits for a free connection when all are in use. The client, mail.data and
  // mail.body outlive the call. An Outcome answers for each recipient. Failure: unreachable, when the relay
  // could not be asked (no connection, TLS or AUTH trouble, 421, time-outs, broken replies, a body that
  // cannot be read); throttled for password_pause, when it refused the password: then everyone who waits to
  // log in gets the same answer without a try, and so does who comes a little later. The text is "host:port:
  // what", and the same mail may be sent again. A connection that had gone stale since its last mail is
  // replaced once, silently, unless the relay could have accepted the mail. Cancellation closes the
  // connection.
  virtual Task<Outcome> send(const Mail& mail) = 0;
};

// Throws std::runtime_error when ca_file cannot be read.
std::unique_ptr<Client> make_client(asio::any_io_executor executor, Relay relay, Limits limits = {});

}  // namespace carillon::smtp
