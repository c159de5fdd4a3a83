// One HTTP/1.1 connection without TLS. Internal to plain_client.cpp.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "transport/http.hpp"
#include "transport/http_request.hpp"

namespace carillon::http {

// One exchange at a time. Cancellation closes it.
class PlainConnection : public std::enable_shared_from_this<PlainConnection> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit PlainConnection(const asio::any_io_executor& executor)
      : socket_(executor), watchdog_(executor), buffer_(usual_answer) {}

  // Name lookup and TCP. Failure: unreachable; the text holds no URL.
  Task<void> open(const Plain& to, Time deadline);

  // Failure: unreachable, likewise.
  Task<Response> exchange(const Request& request, const Plain& to, Time deadline);

  // Whether the server keeps it open for another exchange, after what the last one said.
  bool kept() const { return keep_; }
  // Likewise, and it looks: a server closes what is idle.
  bool reusable();
  // Of the last exchange: nothing at all came back, as when the server had closed the connection meanwhile.
  bool went_stale() const { return stale_; }

  // It is idle for long: nothing of it keeps the io_context running.
  void rest();

  // What is under way fails.
  void close();

 private:
  static constexpr std::size_t usual_answer = 4096;  // bytes
  using tcp = asio::ip::tcp;
  using error_code = boost::system::error_code;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  Task<void> write(const Request& request, const Plain& to);
  // Bytes until the answer is complete; 1xx are passed over. false: the connection ended before its first
  // byte.
  Task<bool> read(const Request& request, std::unique_ptr<Parser>& parser);
  static std::unique_ptr<Parser> new_parser(const Request& request);
  void allow(Time deadline);
  void watch();
  std::string describe(const error_code& error) const;

  tcp::socket socket_;
  asio::steady_timer watchdog_;
  Time deadline_;
  bool watching_ = false;
  bool timed_out_ = false;
  bool closed_ = false;  // by close()
  bool keep_ = false;
  bool stale_ = false;
  std::vector<char> buffer_;
  std::size_t held_ = 0;  // bytes in it that are not parsed
};

}  // namespace carillon::http
