// A curl multi handle that lives on an io_context.
#pragma once

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/task.hpp"

namespace carillon::http {

// Drives any number of easy handles. All calls and callbacks happen on the executor's one thread. It keeps
// the io_context busy only while handles are in it. Made by make() because its pending handlers share its
// ownership.
class CurlEngine : public std::enable_shared_from_this<CurlEngine> {
 public:
  // Called when a transfer has ended, after its handle was taken out. It may add and remove handles.
  using Done = std::function<void(CURL*, CURLcode)>;

  // Throws std::runtime_error when the system gives no epoll descriptor or curl no handle.
  static std::shared_ptr<CurlEngine> make(const asio::any_io_executor& executor, Done done);
  ~CurlEngine();
  CurlEngine(const CurlEngine&) = delete;
  CurlEngine& operator=(const CurlEngine&) = delete;

  // Starts with the next turn of the loop.
  void add(CURL* easy);
  // Before its end: the transfer is aborted, Done is not called.
  void remove(CURL* easy);
  // Done is not called any more and pending waits end. Handles have to be removed before.
  void close();

 private:
  CurlEngine(const asio::any_io_executor& executor, Done done);

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);
  void wait_for_sockets();
  void sockets_ready();
  void kick_soon();
  void arm(std::chrono::steady_clock::time_point when);
  void timer_fired();
  void act(curl_socket_t socket, int events);
  // Reports what has ended, then waits again or rests.
  void settle();

  Done done_;
  CURLM* multi_;
  // Holds curl's sockets; one descriptor for asio to wait for.
  asio::posix::stream_descriptor epoll_;
  asio::steady_timer timer_;
  // When curl wants to be called.
  std::optional<std::chrono::steady_clock::time_point> wanted_;
  // When timer_ fires, if it is waited for.
  std::optional<std::chrono::steady_clock::time_point> armed_;
  int handles_ = 0;
  bool waiting_ = false;
  bool kicked_ = false;
};

}  // namespace carillon::http
