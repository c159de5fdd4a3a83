// A TCP connection as a client, and how it comes about: all that connect, except libcurl, do it here.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"

namespace carillon::net {

// A step that has a deadline ends by then: the socket is closed, and the step fails.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using tcp = asio::ip::tcp;
  using error_code = boost::system::error_code;

  explicit Socket(const asio::any_io_executor& executor) : socket_(executor), watchdog_(executor) {}

  // Looks the host up (a name or an address) and tries its addresses in turn until one accepts. An address
  // that does not answer gets its part of the time that is left, so that as much is left for each of the
  // others. port: a number. Failure: unreachable; the text begins with "name lookup: " or "connect: " and
  // says of each address why not; of a single one it does not name it. Only addresses that Lookups::allows()
  // are tried. Cancellation passes through. Has no deadline afterwards.
  Task<void> connect(std::string host, std::string port, Time deadline);

  // By when what is under way has to end; Time::max(): any time. There is one deadline at a time. Meant to be
  // moved often: a timer runs on when a deadline moves into the future.
  void allow(Time deadline);
  // No deadline, and no timer that keeps the io_context running.
  void rest();

  // What is under way fails. May be called at any time.
  void close();

  bool timed_out() const { return timed_out_; }
  bool closed() const { return closed_; }  // by close()

  // Why a step failed. Throws boost::system::system_error when it was cancelled.
  std::string why(const error_code& error) const;

  // Whether an idle connection may serve again: it is open, its address is still allowed, and nothing has
  // come on it: a server closes what is idle, and what it says unasked would be taken for its next answer.
  bool quiet();

  tcp::socket& tcp_socket() { return socket_; }
  asio::any_io_executor executor() { return socket_.get_executor(); }

 private:
  Task<void> try_in_turn(std::vector<tcp::endpoint> endpoints, Time deadline);
  void watch();

  tcp::socket socket_;
  asio::steady_timer watchdog_;
  Time deadline_ = Time::max();
  bool watching_ = false;
  bool timed_out_ = false;
  bool closed_ = false;
};

}  // namespace carillon::net
