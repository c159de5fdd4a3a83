// One HTTP/1.1 connection without TLS. Internal to plain_client.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "transport/http.hpp"
#include "transport/http_answer.hpp"
#include "transport/http_request.hpp"
#include "transport/socket.hpp"

namespace carillon::http {

// One exchange at a time. Cancellation closes it.
class PlainConnection {
 public:
  using Time = net::Socket::Time;

  explicit PlainConnection(const asio::any_io_executor& executor)
      : socket_(std::make_shared<net::Socket>(executor)), buffer_(piece) {}

  // Name lookup and TCP. Failure: unreachable; the text holds no URL.
  Task<void> open(const Plain& to, Time deadline);

  // Failure: unreachable, likewise.
  Task<Response> exchange(const Request& request, const Plain& to, Time deadline);

  // Whether the server keeps it open for another exchange, after what the last one said.
  bool kept() const { return keep_; }
  // Likewise, and it looks: a server closes what is idle, and another configuration may not allow its
  // address.
  bool reusable() { return keep_ && socket_->quiet(); }
  // Of the last exchange: nothing at all came back, as when the server had closed the connection meanwhile.
  bool went_stale() const { return stale_; }

  // It is idle for long: nothing of it keeps the io_context running.
  void rest() { socket_->rest(); }

  // What is under way fails.
  void close();

 private:
  // Bytes; the usual answer.
  static constexpr std::size_t piece = 4096;
  using error_code = net::Socket::error_code;

  Task<void> write(const Request& request, const Plain& to);
  // Until the answer is complete. false: the connection ended before its first byte.
  Task<bool> read(AnswerReader& reader);
  bool given_up() const { return socket_->timed_out() || socket_->closed(); }
  std::string describe(const error_code& error) const;

  std::shared_ptr<net::Socket> socket_;
  bool keep_ = false;
  bool stale_ = false;
  std::vector<char> buffer_;
};

}  // namespace carillon::http
