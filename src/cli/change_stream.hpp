// A server's stream of what changes (GET /api/v1/stream, text/event-stream): for commands that would else
// look each second.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/task.hpp"

namespace carillon::cli {

// The bytes of such a stream, as they come. Pure.
class EventLines {
 public:
  // Whether an event "change" has ended in these bytes.
  bool feed(std::string_view bytes);

 private:
  // Of a line that has not ended; of a very long one not all.
  std::string line_;
  bool is_change_ = false;
};

class ChangeStream {
 public:
  // base: the server's address, with '/' at its end (ApiClient::shown()).
  ChangeStream(const std::string& base, Secret token);

  // Waits until something changes, or somebody interrupts (person.hpp). Where the server has no stream, or it
  // cannot be reached, that is one second; it is tried again from time to time.
  void wait();

 private:
  using Clock = std::chrono::steady_clock;

  Task<void> listen();
  void begin();

  std::string url_;
  Secret token_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  bool listening_ = false;
  bool open_ = false;
  bool changed_ = false;
  Clock::time_point try_at_ = Clock::time_point::min();
};

}  // namespace carillon::cli
